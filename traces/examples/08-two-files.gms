gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# One VM, two files: two invalidate_locks, but one sequence.
#
# The conversion of 'low' does not hold the lock that faults in 'high' need. Yet each invalidation
# of the VM bumps mmu_invalidate_seq, and a fault that was looking up its page at that moment has
# to start over, whatever its address.
#
# Look at: no long wait for a lock by vcpu0, but retried faults.
title = "conversion in one file, faults in another of the same VM"
expect = none

[machine]
cpus = 4

[design]
kernel = inplace

[vm vm0]
type = sw-protected
vcpus = 1
init = shared
mmap = yes
gmem low size=16M
gmem high size=16M
slot 0 gpa=0 len=16M gmem=low
slot 1 gpa=4G len=16M gmem=high

[cost]
include = debian-vm

[task vcpu0]
barrier go
for page in 0..4095 {
	touch shared 4G+page*4K 4K write
	run 1us
}

[task vmm]
access write 0 len=16M gmem=low
barrier go
for piece in 0..31 {
	convert private piece*512K len=512K gmem=low expect=ok
	run 10us
}

[final]
exists private(vm0.low, 0)
exists shared(vm0.high, 0)
never errors(any) > 0
