gmemsim trace 1
# conformance: A18 [T]
# kernels: hugetlb-wip hugetlb-plan
# A file of huge pages has blocks of that size.
title = "fstat of a file of 2M pages"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 4M
vcpus = 1
backing = 2M

[task vmm]
stat expect=ok,size=4M,blksize=2097152
