gmemsim trace 1
# Two mmu_notifier events at once, and the count of those that are active.
#
# class: interleaving
# options: --races
# mn_active_invalidate_count keeps a memslot update, and who refreshes a pfn cache, from missing an event
# that is under way.  It is a plain integer.
# Faulty: an event counts itself in without mn_invalidate_lock; with another event at the same time one of
# the two can be lost, and the count is below 0 when both are over.  Here an increment is one step, so no
# run of the simulator loses one: what finds it is that nothing orders the two accesses.  Fixed: the lock does.
title = "active notifiers counted without their lock"

[machine]
cpus = 2

[vm vm0]
memory = 64K
mmap = yes

[task vmm0 cpu=0]
access write 0 len=4K
signal touched
wait other
advise dontneed 0 len=4K

[task vmm1 cpu=1]
access write 4K len=4K
signal other
wait touched
advise dontneed 4K len=4K
