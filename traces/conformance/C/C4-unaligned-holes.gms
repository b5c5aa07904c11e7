gmemsim trace 1
# conformance: C4 C5 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Holes begin and end at pages.
title = "unaligned holes"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
allocate 0 len=16K
punch 4095 len=4K expect=EINVAL
punch 4K len=4095 expect=EINVAL

[final]
exists allocated(vm0) == 4
