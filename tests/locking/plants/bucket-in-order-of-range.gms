gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
# rule: deadlock
#
# Two conversions that need both buckets; one range begins in the first, the other in the second.
title = "two conversions of overlapping ranges"

[machine]
cpus = 4

[design]
kernel = inplace
locking = bucket:2

[vm vm0]
type = sw-protected
memory = 8M
vcpus = 1
init = shared
mmap = yes

[task vmm0]
convert private 0 len=4M expect=ok|EAGAIN

[task vmm1]
convert private 2M len=4M expect=ok|EAGAIN
