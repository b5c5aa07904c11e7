gmemsim trace 1
# A fault reads the attribute between the end of the invalidation and the store.
#
# class: interleaving
# The recheck of the sequence under mmu_lock is enough only if the new attribute is visible before the
# sequence moves.  Faulty (December 2025): the store comes after end.  A fault that begins in between takes
# the new sequence and the old attribute, waits for the invalidate lock to get its page, and maps private
# what has become shared meanwhile.  Fixed: store, then end.
title = "the attribute is stored after the invalidation has ended"

[machine]
cpus = 2

[design]
kernel = hugetlb-plan

[vm vm0]
type = sw-protected
memory = 2M
vcpus = 1

[cost]
attr_store = 50us

[task vmm]
at 100us convert shared 0 len=64K expect=ok

[task vcpu0]
at 120us touch private 0 4K read
