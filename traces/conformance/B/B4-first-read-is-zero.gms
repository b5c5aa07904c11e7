gmemsim trace 1
# conformance: B4 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# The first read of memory that nobody has written gives zeroes.
title = "first read"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
access read 0 len=16K expect=bytes:0
