gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# Firmware that accepts all memory before it boots anything, on one vCPU, against firmware that accepts
# 512 MiB and leaves the rest to the kernel.
#
# report: kata pods of 64 GB and more: OVMF accepts all memory before the kernel boots
# published: 64 GB: not done after 90 s, less than 15 s with lazy accept; 2.5 TB: more than 1200 s
# source: kata-containers/kata-containers issue #13535 (2026-08)
# input: S3 of costs/spr-248.ini, 8 us a page, of another machine and report
# predicted: 64 GiB, from 256 MiB; 2.5 TiB; the 512 MiB of the lazy one
# seen: 64 GiB 137 s, 2.5 TiB 5480 s, 512 MiB 1.07 s, silent
# verdict: consistent: above 90 s, below 15 s, above 1200 s; 1200 s would be 560 GiB
# measure: 64 GiB = duration * 256
# measure: 2.5 TiB = duration * 10240
# measure: 512 MiB = duration * 2
title = "a TD accepts all of its memory before it does anything"
expect = none

[machine]
cpus = 4
memory = 8G

[design]
kernel = mainline
locking = file

[vm td0]
type = tdx
memory = 256M
vcpus = 1
accepted = none
accept = eager

[cost]
include = spr-248

[task vcpu0]
run 1us

[final]
exists accepted(td0, 0xffff000)
