gmemsim trace 1
# conformance: E2 [K]
# kernels: inplace hugetlb-wip hugetlb-plan
# No flag exists, and reserved words must be zero.
title = "flags, reserved words"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 16K
init = private
mmap = yes

[task vmm]
convert shared 0 len=16K flags=1 expect=EINVAL
convert shared 0 len=16K flags=0x8000000000000000 expect=EINVAL
convert shared 0 len=16K reserved=1 expect=EINVAL
state 0 expect=private=1
