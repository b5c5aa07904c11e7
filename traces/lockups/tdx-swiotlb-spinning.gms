gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# The same before SMP bring-up, when the vCPUs that are not woken yet spin in the firmware, inside of
# the TD: each page that is removed has to get all of them out.
#
# report: the same, the others spin in the firmware, inside of the TD
# published: about 68 s a GiB, 260 us a page
# source: Dstack-TEE/dstack PR #1220, kernel patch 0010
# input: all of it (S2 of costs/spr-248.ini: the kick, for each vCPU)
# predicted: nothing
# seen: page 260 us, GiB 68.3 s, silent
# verdict: calibrated
# measure: page = ops mapgpa guest / 1024
# measure: GiB = ops mapgpa guest * 256
#
# Look at: tdx_kick, and how often VP.ENTER is called.
title = "swiotlb of a TD made shared while 247 vCPUs spin in it"
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
spin until=done
