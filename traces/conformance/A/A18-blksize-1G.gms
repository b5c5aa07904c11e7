gmemsim trace 1
# conformance: A18 [T]
# kernels: hugetlb-wip hugetlb-plan
# A file of huge pages has blocks of that size.
title = "fstat of a file of 1G pages"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 2G
vcpus = 1
backing = 1G

[task vmm]
stat expect=ok,size=2G,blksize=1073741824
