gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# A large range of an SNP guest is given back: the hook of guest_memfd resets the RMP entry of each page.
#
# report: clean-up of large guest memory ranges on an SNP host: the hook works page by page
# published: "soft lockups", no figure, no size
# source: changelog of v12 of the SNP host series
# input: arch_invalidate, 1 us (assumed: RMPUPDATE); 96 GiB, so that it takes longer than 20 s
# predicted: the size at which it barks: 20 s / cost: 76 GiB at 1 us
# seen: before: ioctl 25.2 s, host-rcu-stall host-soft-lockup; after: ioctl 25.2 s, silent
# verdict: comes out, but nothing says at which size it did in the field
# measure: ioctl = ops convert vmm
# variant: before --bug snp-invalidate-soft-lockup
# variant: after
# scale: 96G -> 384M; 1us -> 256us
title = "96 GiB of an SNP guest given back"
expect = none

[machine]
cpus = 2
memory = 256G
preempt = voluntary

[design]
kernel = inplace
locking = file

[vm vm0]
type = sw-protected
memory = 96G
mmap = no

[cost]
include = debian-vm
arch_invalidate = 1us

[task vmm cpu=0]
allocate 0 len=96G expect=ok
at 1s convert shared 0 len=96G expect=ok

[final]
exists latency(vmm) > 20s
exists shared(vm0, 0)
