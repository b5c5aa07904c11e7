gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# A CPU of the host is kept by a loop that does not let anybody else run: the clean-up of another guest
# (rmp-entries-of-a-range.gms). It has fresh pages in its LRU batch. Another VM's conversion drains the
# batches of all CPUs and waits for that one, with its invalidate lock held, and that VM's vCPUs wait.
#
# report: two known ones together: a drain waits for every CPU, a CPU is stuck
# published: no figure for the two together
# source: the changelog of rmp-entries-of-a-range.gms; __lru_add_drain_all() flushes a work item a CPU
# input: arch_invalidate, 10 ms: as long as it takes to be a hung task
# predicted: who barks in which VM and on which host CPU, and in which order
# seen: before: stall of the other VM 256 s, drain 256 s, guest-rcu-stall guest-soft-lockup
#   host-hung-task host-rcu-stall host-soft-lockup host-wq-stall; after: stall of the other VM
#   300 ms, drain 300 ms, silent
# verdict: a prediction: six watchdogs of two kernels for one missing cond_resched()
# measure: stall of the other VM = stall vm0.vcpu0
# measure: drain = hold lru_add_drain_all
# variant: before --bug snp-invalidate-soft-lockup
# variant: after
title = "lru_add_drain_all behind a CPU that does not schedule"
expect = none

[machine]
cpus = 4
preempt = none

[design]
kernel = inplace
locking = file

[vm big]
type = sw-protected
memory = 128M
vcpus = 1
init = private
mmap = no

[vm vm0]
type = sw-protected
memory = 64M
vcpus = 1
init = shared
mmap = yes

[cost]
arch_invalidate = 10ms
lru_drain_cpu = 5us

[task big.vmm cpu=1]
allocate 0 len=100M expect=ok
wait batched
at 10ms convert shared 0 len=100M expect=ok

# 15 pages: a batch has 31
[task vm0.vmm0 cpu=1]
access write 8M len=60K
signal batched

[task vm0.vmm1 cpu=2]
wait batched
access write 0 len=64K
at 20ms convert private 0 len=64K expect=ok
signal done

[task vm0.vcpu0 cpu=3]
wait batched
repeat until=done {
	touch shared rand(16M,32M) 4K write expect=ok
	run 1ms
}

[final]
exists private(vm0, 0)
