gmemsim trace 1
# A huge page becomes shared while a memory error in it is handled.
#
# class: interleaving
# memory_failure() holds a reference and the lock of the folio, and waits for the invalidate lock in order to
# zap the page from the guest.  The conversion holds that lock, and splits the folio: it freezes the reference
# count.  Faulty: it spins until it is the page cache's only holder, so neither ever moves.
# Fixed: it tries for a while and fails with -EAGAIN; nothing has been taken from the guest by then.
title = "a split spins for a reference whose owner waits for it"

[machine]
cpus = 3

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 4M
vcpus = 1
backing = 2M
mmap = yes

[cost]
attr_prealloc = 100us

[task vcpu0]
touch private 0 4K write

[task vmm0]
at 100us convert shared 0 len=64K expect=ok|EAGAIN

[task kernel0]
at 150us memory-failure 1M
