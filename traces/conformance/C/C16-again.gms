gmemsim trace 1
# conformance: C16 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Allocating what is there and punching what is not are no errors.
title = "the same again"

[design]
kernel = mainline

[vm vm0]
memory = 16K
init = private
mmap = yes

[task vmm]
allocate 0 len=16K expect=ok
allocate 0 len=16K expect=ok
punch 0 len=8K expect=ok
punch 0 len=8K expect=ok

[final]
exists allocated(vm0) == 2
