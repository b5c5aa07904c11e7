gmemsim trace 1
# conformance: C2 C3 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Nothing is allocated at the end of the file, or behind it.
title = "allocate at the end of the file"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
allocate 16K len=4K expect=EINVAL
allocate 20K len=4K expect=EINVAL

[final]
exists allocated(vm0) == 0
