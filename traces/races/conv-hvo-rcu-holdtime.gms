gmemsim trace 1
# Huge pages become shared: their struct pages are brought back, after a grace period.
#
# class: hold-time
# measure: locks mapping.invalidate_lock W hold_ns
# scale: 1024M 2048M
# gain: 100
# A speculative walker may still look at a struct page that is about to be remapped, so each change of the
# optimised memory map waits for a grace period, inside the hold of the invalidate lock.  Faulty: each 2M of
# a 1G page wait for one of their own (measured for hugetlb: 513 for each page, 8m58s for 100 of them).
# Fixed: one for the whole page.
title = "a grace period for each part of a huge page"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 8G
vcpus = 1
backing = 1G

[cost]
rcu_grace_period = 1ms

[task vmm]
allocate 0 len=1024M expect=ok
convert shared 0 len=1024M expect=ok

[final]
never hold(mapping.invalidate_lock) > 100ms
