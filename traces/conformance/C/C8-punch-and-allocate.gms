gmemsim trace 1
# conformance: C8 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# What was punched out can be allocated again.
title = "punch, then allocate"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
allocate 0 len=16K
punch 4K len=4K expect=ok
state 4K expect=present=0
allocate 4K len=4K expect=ok
state 4K expect=present=1
