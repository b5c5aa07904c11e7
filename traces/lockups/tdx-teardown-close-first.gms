gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# A VMM closes the guest_memfd of a TD whose key is still in use: each 4K page goes by BLOCK, TRACK,
# REMOVE and write back, under the invalidate lock.
# published: 18 GB, 4 vCPUs: 72 s; 107 GB, 32 vCPUs: 517 s; 400 GB, 64 vCPUs: 5539 s (commit
# e4775f57ad51). With the key given up first: tdx-teardown-terminate-first.gms.
title = "a TD's memory goes before its key"
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
at 1ms memslot-delete slot=0
close
