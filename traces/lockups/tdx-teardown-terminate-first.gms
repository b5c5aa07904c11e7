gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# The same with KVM_TDX_TERMINATE_VM: the key is given up first, and each page needs one RECLAIM.
#
# report: a TD ends after KVM_TDX_TERMINATE_VM
# published: 18 GB, 4 vCPUs: 24 s; 107 GB, 32 vCPUs: 134 s; 400 GB, 64 vCPUs: 467 s. That is 5.1, 4.8 and
#   4.5 us a page
# source: commit e4775f57ad51; pages are of 2^30 bytes a GB
# input: none of it: the costs are of another machine and report
# predicted: us a page, from 64 MiB
# seen: 18-GB: page 5.88 us, silent; 107-GB: page 5.89 us, silent; 400-GB: page 5.89 us, silent
# verdict: predicted: 16 % to 32 % too much
# measure: page = ops close vmm / 16384
# variant: 18-GB
# variant: 107-GB; vcpus = 4 -> vcpus = 32; cpus = 8 -> cpus = 40
# variant: 400-GB; vcpus = 4 -> vcpus = 64; cpus = 8 -> cpus = 72
title = "a TD's key goes before its memory"
expect = none

[machine]
cpus = 8
memory = 8G

[design]
kernel = mainline
locking = file

[vm td0]
type = tdx
memory = 64M
vcpus = 4
accepted = all

[cost]
include = spr-248

[task vmm]
at 1ms terminate
memslot-delete slot=0
close
