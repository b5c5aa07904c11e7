gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# Guest faults race with a hole punch, in mainline.
#
# A mainline guest fault takes no invalidate_lock. It looks the folio up, then takes mmu_lock for
# read and starts over if an invalidation was or is in progress (mmu_invalidate_retry_gfn). So a
# punch never makes a vCPU wait for the lock; it makes vCPUs retry, and the pages they bring back
# behind its back make the punch do more work.
#
# Look at: no wait for mapping.invalidate_lock at all. With kernel = inplace the same trace has
# vCPUs waiting for it.
title = "4 vCPUs fault into a range while it is punched"
expect = none

[machine]
cpus = 6

[design]
kernel = mainline

[vm vm0]
type = default
memory = 16M
vcpus = 4

[cost]
include = debian-vm

[task vcpu0..vcpu3]
barrier ready
repeat 1000 {
	touch shared rand(0,16M) 4K write
	run 1us
}

[task vmm]
allocate 0 len=16M
barrier ready
after 100us punch 0 len=16M expect=ok

[final]
never wait(mapping.invalidate_lock) > 0ns
never errors(any) > 0
