gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# A guest with all other vCPUs in HLT, ticks stopped, makes its swiotlb shared: MapGPA, 2 MiB at a
# time, each 4K page by BLOCK, TRACK, a kick of nobody, REMOVE, write back, clear. This is 4 MiB of it;
# tools/bench tdx --long does the whole GiB.
#
# report: the swiotlb of a TD with 248 vCPUs made shared, the others halted outside
# published: about 6 s a GiB, 23 us a page
# source: Dstack-TEE/dstack PR #1220, kernel patch 0010
# input: all of it (S1 of costs/spr-248.ini)
# predicted: nothing
# seen: page 22.8 us, GiB 5.97 s, silent
# verdict: calibrated
# measure: page = ops mapgpa guest / 1024
# measure: GiB = ops mapgpa guest * 256
#
# Look at: the steps of the hold of kvm->mmu_lock.
title = "swiotlb of a TD made shared while 247 vCPUs are halted outside"
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
halt until=done
