gmemsim trace 1
# conformance: E1 [K]
# kernels: inplace hugetlb-wip hugetlb-plan
# An argument that is not there is a fault.
title = "a bad pointer"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 16K
init = private
mmap = yes

[task vmm]
convert shared 0 len=16K bad-pointer expect=EFAULT
state 0 expect=private=1
