gmemsim trace 1
# conformance: A18 [T]
# kernels: hugetlb-wip hugetlb-plan
# A block of a file of 1G pages is 1G; blocks are not accounted there, either.
title = "fstat, 1G pages"

[design]
kernel = hugetlb-wip

[vm vm0]
memory = 2G
backing = 1G
mmap = yes

[task vmm]
stat expect=ok,size=2G,blksize=1G,blocks=0
allocate 0 len=1G expect=ok
stat expect=ok,blksize=1G,blocks=0
