gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# SMP bring-up of a TD on a host that maps 4K only: the boot CPU accepts 4 MiB for each allocation,
# 1024 exits with an AUG each, while the vCPUs that are up idle with a tick of 1000 Hz.
#
# report: private faults of a TD late in the bring-up of 248 vCPUs, 13 GiB of them
# published: 8 us a fault at first, 153 us with all vCPUs up; init after 575 s to 680 s, with both
#   patches of the report after 39 s to 51 s
# source: Dstack-TEE/dstack PR #1220
# input: the 8 us (S3 of costs/spr-248.ini)
# predicted: the 153 us; 13 GiB of such faults
# seen: fault 8.17 us, 13 GiB 27.9 s, silent
# verdict: not reproduced: ticks of idle vCPUs add next to nothing; reason unknown
# measure: fault = ops accept guest / 1024
# measure: 13 GiB = ops accept guest * 3328
#
# Look at: SEAMCALLs of one accepted page; ACCEPT is called twice, the first time in vain.
title = "a boot CPU accepts 4 MiB as 4K pages while 247 vCPUs idle with a tick of 1000 Hz"
expect = none

[machine]
cpus = 256
memory = 8G

[design]
kernel = mainline
locking = file

[vm td0]
type = tdx
memory = 2G
vcpus = 248
accepted = none

[cost]
include = spr-248

[task vcpu0]
at 2ms accept 0 len=4M expect=ok
signal done

[task vcpu1..vcpu247]
run self*4us
halt until=done tick=1000
