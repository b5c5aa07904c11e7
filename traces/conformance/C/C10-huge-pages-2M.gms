gmemsim trace 1
# conformance: C10 [T]
# kernels: hugetlb-wip hugetlb-plan
# What holds for pages of 4K holds for those of 2M, at their alignment.
title = "fallocate, 2M pages"

[design]
kernel = hugetlb-wip

[machine]
memory = 16G

[vm vm0]
memory = 8M
backing = 2M
mmap = yes

[task vmm]
allocate 0 len=8M expect=ok
allocate 8M len=2M expect=EINVAL
allocate 10M len=2M expect=EINVAL
punch 0x1fffff len=2M expect=EINVAL
punch 2M len=2097151 expect=EINVAL
punch 4K len=2M expect=EINVAL
punch 2M len=4K expect=EINVAL
punch 8M len=2M expect=ok
punch 10M len=2M expect=ok
punch 2M len=2M expect=ok
state 2M expect=present=0
allocate 2M len=2M expect=ok
state 2M expect=present=1,order=9
