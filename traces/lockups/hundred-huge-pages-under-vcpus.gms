gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# The same while a vCPU faults in the shared rest of the file: what the published figure would mean for
# a guest, if the file's lock were held for all of it. Five pages are enough for a soft lockup before,
# and nobody notices after.
#
# report: the same, asked of guest_memfd: vCPUs behind the invalidate lock
# published: "potentially" a guest soft lockup; no figure
# source: aWhaK+ikw8QkH4hU@yzhao56-desk.sh.intel.com and the answer, with the 538 s from above
# input: rcu_grace_period, 10 ms
# predicted: the stall, and who barks
# seen: before: stall 25.6 s, guest-rcu-stall guest-soft-lockup; after: stall 49.8 ms, silent
# verdict: a prediction; nobody has measured it
# measure: stall = stall vcpu0
# variant: before --bug conv-hvo-rcu-holdtime
# variant: after
title = "five huge pages of 1G made shared while a vCPU faults elsewhere"
expect = none

[machine]
cpus = 2
memory = 64G

[design]
kernel = hugetlb-plan
locking = file

[vm vm0]
type = sw-protected
memory = 7G
vcpus = 1
backing = 1G
init = private
mmap = yes

[cost]
rcu_grace_period = 10ms
guest_exit = 1us
guest_enter = 1us

[task vmm]
allocate 0 len=5G expect=ok
convert shared 6G len=256M expect=ok
signal there
sleep 1s
convert shared 0 len=5G expect=ok
signal done

[task vcpu0]
wait there
repeat until=done {
	touch shared rand(6G,6400M) 4K write expect=ok
	run 100us
}

[final]
exists shared(vm0, 0)
never errors(any) > 0
