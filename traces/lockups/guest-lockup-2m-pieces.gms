gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# The same memory at the same cost as in guest-lockup-whole-gib.gms, but in 512 calls of 2 MiB, as
# MapGPA brings them, with 1 ms between them. The invalidate lock is free there, its waiters are
# served in order, and a fault can install its page before the next piece begins.
#
# Look at: the conversion takes as long; no vCPU waits for more than two pieces. Without that 1 ms
# faults get through only when all is done: guest-starved-by-pieces.gms.
title = "1 GiB made shared in pieces of 2 MiB at 100 us a page while 8 vCPUs fault elsewhere"
expect = none

[machine]
cpus = 10
preempt = lazy

[design]
kernel = inplace
locking = file

[vm vm0]
type = sw-protected
memory = 1088M
vcpus = 8
init = private
mmap = yes

[cost]
include = debian-vm
spte_zap = 100us

[task vcpu0..vcpu7]
touch private self*128M 128M write
barrier warm
repeat 200 { touch private rand(1G,1088M) 4K write }

[task vmm]
barrier warm
sleep 200us
for o in 0..1022M step=2M { after 1ms convert shared o len=2M expect=ok }

[final]
never stall(guest) > 1s
exists shared(vm0, 0)
