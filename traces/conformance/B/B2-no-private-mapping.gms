gmemsim trace 1
# conformance: B2 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# There is no copy on write: private mappings are refused, for reading as well.
title = "MAP_PRIVATE"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
mmap 0 len=16K cow expect=EINVAL
mmap 0 len=16K cow prot=read expect=EINVAL
