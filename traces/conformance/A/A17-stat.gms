gmemsim trace 1
# conformance: A17 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# The size is what was asked for, a block is a page, and blocks are never accounted.
title = "fstat"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
stat expect=ok,size=16K,blksize=4K,blocks=0
allocate 0 len=16K expect=ok
stat expect=ok,size=16K,blksize=4K,blocks=0
