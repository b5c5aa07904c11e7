gmemsim trace 1
# conformance: A18 [T]
# kernels: hugetlb-wip hugetlb-plan
# A block of a file of 2M pages is 2M; blocks are not accounted there, either.
title = "fstat, 2M pages"

[design]
kernel = hugetlb-wip

[vm vm0]
memory = 4M
backing = 2M
mmap = yes

[task vmm]
stat expect=ok,size=4M,blksize=2M,blocks=0
allocate 0 len=2M expect=ok
stat expect=ok,blksize=2M,blocks=0
