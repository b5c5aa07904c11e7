gmemsim trace 1
# conformance: C6 C7 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# A hole at the end of the file, or behind it, is no error, and changes nothing.
title = "holes behind the end"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
allocate 0 len=16K
punch 16K len=4K expect=ok
punch 20K len=4K expect=ok

[final]
exists allocated(vm0) == 4
