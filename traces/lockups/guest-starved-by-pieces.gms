gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# The memory of guest-lockup-2m-pieces.gms without the 1 ms between two calls. The sequence that tells a
# fault to try again is the VM's, and a fault reads it before it waits for the file's lock. When it
# gets the lock the piece is done, the sequence has moved, and the next piece has begun before the
# vCPU is back. So faults on other pages get through only when all is done.
#
# report: threads that accept memory in a guest while other memory becomes private all the time: faults
#   in flight are made again, over and over
# published: guest soft lockups of 21 s and 23 s, when interrupts are on again; 128 vCPUs and more,
#   several guests
# source: Michael Roth in the thread of 1a92dd91-fbdd-49ba-bfab-66f5e3864aa5@suse.com (2023-10, SNP)
# input: spte_zap, 100 us, as in guest-lockup-whole-gib.gms: the length, not who barks
# predicted: who barks, by what the guest does at the faulting instruction
# seen: preemptible: stall 26.2 s, silent; preemption-off: stall 26.2 s, guest-rcu-stall guest-soft-lockup; interrupts-off: stall 26.2 s, guest-hard-lockup guest-rcu-stall guest-soft-lockup; paused: stall 51.2 ms, silent
# verdict: the mechanism; the report's is of mainline and of several guests, whose figures are not known
# measure: stall = stall vcpu0
# variant: preemptible
# variant: preemption-off; signal on -> lock a; signal off -> unlock a
# variant: interrupts-off; signal on -> lock a irqs-off; signal off -> unlock a; perf -> buddy
# variant: paused; after 0 -> after 1ms; rand(1G,1026M) -> rand(1G,1025M)
title = "1 GiB made shared in pieces of 2 MiB, one behind the other"
expect = none

[machine]
cpus = 6
preempt = lazy

[design]
kernel = inplace
locking = file

[vm vm0]
type = sw-protected
memory = 1088M
vcpus = 2
init = private
mmap = yes
mapped = 0..1G
hardlockup = perf

[cost]
include = debian-vm
spte_zap = 100us

[task vcpu0]
barrier warm
sleep 1ms
signal on
touch private rand(1G,1026M) 4K write expect=ok
signal off

[task vcpu1]
barrier warm
run 30s

[task vmm]
barrier warm
for o in 0..1022M step=2M { after 0 convert shared o len=2M expect=ok }

[final]
exists shared(vm0, 0)
never errors(any) > 0
