gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
# rule: data-race
#
# Two pages of one huge page are converted: both conversions split its folio.
title = "two conversions inside one huge page"

[machine]
cpus = 4

[design]
kernel = hugetlb-plan
locking = range

[vm vm0]
type = sw-protected
memory = 4M
vcpus = 1
backing = 2M
init = private
mmap = yes

[task vmm0]
allocate 0 len=2M expect=ok
signal there
convert shared 0 len=4K expect=ok|EAGAIN

[task vmm1]
wait there
convert shared 1M len=4K expect=ok|EAGAIN
