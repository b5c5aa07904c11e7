gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# A VMM closes the guest_memfd of a TD whose key is still in use: each 4K page goes by BLOCK, TRACK,
# REMOVE and write back, under the invalidate lock.
#
# report: a TD ends with its key in use
# published: 18 GB, 4 vCPUs: 72 s; 107 GB, 32 vCPUs: 517 s; 400 GB, 64 vCPUs: 5539 s. That is 15.3, 18.4
#   and 52.8 us a page
# source: commit e4775f57ad51; pages are of 2^30 bytes a GB
# input: none of it: S1 of costs/spr-248.ini is of another machine and report
# predicted: us a page, from 64 MiB
# seen: 18-GB: page 15.4 us, silent; 107-GB: page 16.2 us, silent; 400-GB: page 17.2 us, silent
# verdict: predicted to 12 % for 4 and 32 vCPUs; short by 3 for 400 GB on 64 vCPUs: reason unknown
# measure: page = ops memslot-delete vmm / 16384
# variant: 18-GB
# variant: 107-GB; vcpus = 4 -> vcpus = 32; cpus = 8 -> cpus = 40
# variant: 400-GB; vcpus = 4 -> vcpus = 64; cpus = 8 -> cpus = 72
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
