gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# The seed question with its answer: 1 GiB that the guest has filled is made shared in one call, and
# removing a page costs what a flush of all CPUs does. One hold of the invalidate lock is 26 s long;
# every vCPU that faults on the file meanwhile is stopped as long, and says so when it goes on.
#
# report: asked of the conversion series: can vCPUs behind the invalidate lock be locked up?
# published: "potentially"; no figure. 50 us (bare metal) to 280 us (252 vCPUs) for two flushes of
#   kernel addresses; 23 us a page of a TD with halted vCPUs, 260 us with 247 that run
# source: aWhaK+ikw8QkH4hU@yzhao56-desk.sh.intel.com and the answer;
#   20231019023113.345257-1-mike.kravetz@oracle.com; Dstack-TEE/dstack PR #1220
# input: spte_zap, 100 us: between those
# predicted: who barks; by which cost: from 67 us a page on
# seen: stall 26.2 s, guest-rcu-stall guest-soft-lockup
# verdict: a prediction; the same in pieces is guest-lockup-2m-pieces.gms
# measure: stall = stall vcpu0
#
# Look at: the watchdogs' findings name the lock, its owner and the step. In pieces of 2 MiB nobody
# barks: guest-lockup-2m-pieces.gms.
title = "1 GiB made shared in one call at 100 us a page while 8 vCPUs fault elsewhere"
expect = guest-soft-lockup, guest-rcu-stall

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
after 200us convert shared 0 len=1G expect=ok

[final]
exists stall(vcpu0) > 20s
exists shared(vm0, 0)
