gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# Making a fallible step fail.
#
# fail=NAME:N on an operation makes the N-th pass of that operation through the fail point fail.
# A conversion that cannot get memory for its attribute tree must leave everything as it was.
#
# Look at: the page is shared, mapped and readable after the failure; the second try succeeds.
title = "a conversion runs out of memory, and is tried again"
expect = none

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 4M
init = shared
mmap = yes

[task vmm]
access write 0 len=64K value=0x41
convert private 0 len=2M expect=ENOMEM,error_offset=0 fail=attr_prealloc
expect shared(vm0, 0)
access read 0 len=64K expect=bytes:0x41
convert private 0 len=2M expect=ok
access read 0 len=4K expect=sigbus

[final]
exists private(vm0, 0)
