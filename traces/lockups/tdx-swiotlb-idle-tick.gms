gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# The same right after SMP bring-up: the vCPUs are idle, but come into the TD for each tick.
#
# report: the same, the others idle, with a tick of 1000 Hz
# published: more than 200 s a GiB, 760 us a page
# source: Dstack-TEE/dstack PR #1220, kernel patch 0010
# input: the costs of the halted and of the spinning case (S1, S2 of costs/spr-248.ini)
# predicted: this case
# seen: page 28.9 us, GiB 7.57 s, silent
# verdict: not reproduced: what makes it so slow is not in the model; reason unknown
# measure: page = ops mapgpa guest / 1024
# measure: GiB = ops mapgpa guest * 256
#
# Look at: how many vCPUs a kick meets, and how often TRACK and VP.ENTER find each other's lock.
title = "swiotlb of a TD made shared while 247 vCPUs idle with a tick of 1000 Hz"
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
accepted = 0..4M

[cost]
include = spr-248

[task vcpu0]
at 2ms mapgpa shared 0 len=4M expect=ok
signal done

[task vcpu1..vcpu247]
run self*4us
halt until=done tick=1000
