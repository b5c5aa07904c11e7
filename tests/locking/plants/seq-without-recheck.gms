gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
# rule: attr-mapping
#
# A host fault finds the page shared, and takes its reference when the conversion has looked already.
title = "a host fault and a conversion to private"

[machine]
cpus = 4

[design]
kernel = inplace
locking = seq

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
