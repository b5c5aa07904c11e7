gmemsim trace 1
# The attributes ioctl ends its invalidation without mmu_lock while a hole is punched.
#
# class: interleaving
# CPU 0 sets attributes: begin, store, end.  Faulty: end runs from the hook after mmu_lock was dropped; it
# reads the count of open invalidations (1) and stores 0.  In between CPU 1's punch begins: it counts to
# 2.  One update is lost: the count is 0 while the punch zaps, or stays above 0 for ever.
# Fixed: end runs with mmu_lock held.
title = "invalidation ended after mmu_lock was dropped"

[machine]
cpus = 2

[vm vm0]
type = sw-protected
memory = 64K
mmap = no

[cost]
invalidate_range = 100us
attr_store = 100us

[task vmm0]
attributes private 0 len=16K

# end reads the count at 200us and stores it at 300us; this begin counts at 220us
[task vmm1]
at 120us punch 32K len=16K
