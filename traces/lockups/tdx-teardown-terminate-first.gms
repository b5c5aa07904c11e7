gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# The same with KVM_TDX_TERMINATE_VM: the key is given up first, and each page needs one RECLAIM.
# published: 18 GB, 4 vCPUs: 24 s; 107 GB, 32 vCPUs: 134 s; 400 GB, 64 vCPUs: 467 s (commit
# e4775f57ad51).
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
