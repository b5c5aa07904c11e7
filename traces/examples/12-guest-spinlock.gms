gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# One vCPU stalls in the host while it holds a guest spinlock; all the others spin.
#
# The host cannot know what the guest holds. vcpu0 takes a lock of its kernel and touches a page
# whose fault has to wait for a conversion. vcpu1 to vcpu3 want the lock and burn their CPUs for
# as long, although none of them touches memory at all. Long enough, and the guest's watchdog
# reports a soft lockup for each of them.
#
# Look at: the stall of vcpu0, and the time the others spend in 'lock'.
title = "a stalled holder of a guest spinlock stalls the guest"
expect = none

[machine]
cpus = 6

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 64M
vcpus = 4
init = shared
mmap = yes

[cost]
include = debian-vm

[task vcpu0]
barrier go
repeat 100 {
	lock zone
	touch shared rand(32M,64M) 4K write
	unlock zone
	run 20us
}

[task vcpu1..vcpu3]
barrier go
repeat 200 {
	lock zone
	run 500ns
	unlock zone
	run 20us
}

[task vmm]
access write 0 len=32M
barrier go
after 500us convert private 0 len=32M expect=ok

[final]
never errors(any) > 0
never stall(guest) > 10s
