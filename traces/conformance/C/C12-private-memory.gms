gmemsim trace 1
# conformance: C12 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Private memory is allocated and punched like shared memory.
title = "allocate and punch private memory"

[design]
kernel = mainline

[vm vm0]
memory = 16K
init = private
mmap = yes

[task vmm]
allocate 0 len=16K expect=ok
state 0 expect=present=1,private=1
punch 0 len=16K expect=ok
state 0 expect=present=0,private=1
