gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# Pages of the process go one by one, as NUMA balancing or KSM take them. Each is an event of the
# mmu_notifier, and each event wrote back the caches of every CPU of the machine.
#
# report: NUMA balancing or KSM on an SEV host: a cache flush of all CPUs for each mmu_notifier event
# published: "severe stalls", no figure
# source: KVM list, August 2023; not done since for events of user page tables
# input: wbinvd, 2 ms (assumed: a large package); 1000 events in a row
# predicted: what is left of a vCPU's time: 100 ms of it take so long
# seen: before: 100 ms of a vCPU 2.12 s, silent; after: 100 ms of a vCPU 117 ms, silent
# verdict: severe, but no watchdog: between two flushes everybody schedules
# measure: 100 ms of a vCPU = ops run guest
# variant: before --bug snp-wbinvd-notifier
# variant: after
title = "a WBINVD everywhere for each mmu_notifier event"
expect = none

[machine]
cpus = 4

[vm vm0]
memory = 4M
vcpus = 2
mmap = yes

[cost]
include = debian-vm
wbinvd = 2ms

[task vmm0 cpu=0]
wait there
for o in 0..3996K step=4K { advise dontneed o len=4K }

[task vmm1 cpu=1]
access write 0 len=4M
signal there

[task vcpu0..vcpu1 cpu=2..3]
wait there
run 100ms

[final]
never errors(any) > 0
never stall(guest) > 20s
