gmemsim trace 1
# A guest fault looks an attribute up while a conversion stores another one.
#
# class: interleaving
# CPU 0 converts a part of the file: it holds the invalidate lock and stores the new attribute.  CPU 1's
# fault reads the attribute of its page in mmu_faultin_pfn(), with no lock.  Faulty: the tree has no RCU
# mode, so a store recycles nodes in place and the fault walks into one that is being rewritten: no
# entry, although every index has one.  Fixed: MT_FLAGS_USE_RCU, new nodes beside the old ones.
title = "attribute lookup during a store"

[machine]
cpus = 2

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 64K
mmap = yes
init = shared

[cost]
attr_store = 100us

[task vmm0]
convert private 32K len=16K

[task vcpu0]
at 50us touch shared 4K 4K write
