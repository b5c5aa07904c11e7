gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
# rule: attr-mapping
#
# A hold given up when nobody used the page, and taken again when a host fault has mapped it.
title = "a host fault and a conversion to private"

[machine]
cpus = 4

[design]
kernel = inplace
locking = chunk:4K

[vm vm0]
type = sw-protected
memory = 1M
vcpus = 1
init = shared
mmap = yes

[task vmm0]
access write 0 len=4K expect=ok|sigbus

[task vmm1]
convert private 0 len=4K expect=ok|EAGAIN
