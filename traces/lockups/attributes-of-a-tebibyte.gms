gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# The attributes ioctl of a VM over all of its memory. Each page's entry is reserved in one loop and
# stored in another, with slots_lock held; before 47bb584237cc neither loop let the CPU's stopper run.
#
# report: KVM_SET_MEMORY_ATTRIBUTES over all memory of an SNP guest, on a kernel that preempts
#   voluntarily
# published: "1TB+": host soft lockup, 26 s
# source: commit 47bb584237cc; the size is in the registers of its splat
# input: mem_attr_page, 50 ns: 26 s for two passes over 268 million pages (assumed elsewhere: 30 ns)
# predicted: who barks; that nobody does with cond_resched(), although slots_lock is held as long
# seen: before: ioctl 26.8 s, host-rcu-stall host-soft-lockup; after: ioctl 26.8 s, silent
# verdict: as published; with the 30 ns of debian-vm it takes 16 s, and nobody barks below 1.3 TiB
# measure: ioctl = ops attributes vmm
# variant: before --bug attrs-ioctl-soft-lockup
# variant: after
# scale: 1T -> 16G; 50ns -> 3200ns
title = "KVM_SET_MEMORY_ATTRIBUTES over 1 TiB"
expect = none

[machine]
cpus = 2
memory = 2T
preempt = voluntary

[design]
kernel = mainline
locking = file

[vm vm0]
type = sw-protected
memory = 1T
mmap = no

[cost]
include = debian-vm
mem_attr_page = 50ns

[task vmm cpu=0]
at 1ms attributes private 0 len=1T expect=ok

[final]
exists latency(vmm) > 20s
never errors(any) > 0
