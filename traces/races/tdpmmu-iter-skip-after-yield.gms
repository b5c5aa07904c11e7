gmemsim trace 1
# A root is zapped, the walk yields, and leaves survive.
#
# class: interleaving
# CPU 0 deletes a memslot: the root is invalid, and everything below it is zapped, entry by entry of the
# top level.  CPU 1 wants mmu_lock, so the walk yields before the second entry.  Faulty: the yield sets
# the walk back to where it was, and the loop then advances all the same; the second entry's leaves stay,
# in a page table that nobody looks at again once the vCPU has left the root.  Then a hole is punched and
# the page goes.
# Fixed (3a0f64de479c): after a yield the walk restarts and does not advance.
title = "zap of a root with one yield"

[machine]
cpus = 3

[vm vm0]
memory = 1M
slot 0 gpa=0 len=512K
slot 1 gpa=512G len=512K offset=512K

[cost]
spte_zap = 100us

[task vcpu0]
touch shared 0 4K write
touch shared 512G 4K write
signal touched
# drops its reference to the obsolete root
at 2ms run 1us

[task vmm0]
wait touched
at 1ms unbind slot=0
at 3ms punch 512K len=512K
lru-drain

[task vmm1]
at 1050us punch 256K len=4K
