gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
# rule: invalidate-balance
#
# A memslot goes while a conversion is between two pieces: the end finds no binding that the begin had.
title = "a conversion in pieces and the end of its memslot"

[machine]
cpus = 4

[design]
kernel = inplace
locking = chunk-open:4K

[vm vm0]
type = sw-protected
memory = 8K
vcpus = 1
init = private

[task vmm0]
convert shared 0 len=8K expect=ok

[task vmm1]
memslot-delete slot=0 expect=ok
