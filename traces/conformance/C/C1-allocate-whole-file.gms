gmemsim trace 1
# conformance: C1 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Memory for the whole file can be allocated ahead of use.
title = "allocate a whole file"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
allocate 0 len=16K expect=ok

[final]
exists allocated(vm0) == 4
