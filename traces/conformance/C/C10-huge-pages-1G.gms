gmemsim trace 1
# conformance: C10 [T]
# kernels: hugetlb-wip hugetlb-plan
# What holds for pages of 4K holds for those of 1G, at their alignment.
title = "fallocate, 1G pages"

[design]
kernel = hugetlb-wip

[machine]
memory = 16G

[vm vm0]
memory = 4G
backing = 1G
mmap = yes

[task vmm]
allocate 0 len=4G expect=ok
allocate 4G len=1G expect=EINVAL
allocate 5G len=1G expect=EINVAL
punch 0x3fffffff len=1G expect=EINVAL
punch 1G len=1073741823 expect=EINVAL
punch 4K len=1G expect=EINVAL
punch 1G len=4K expect=EINVAL
punch 4G len=1G expect=ok
punch 5G len=1G expect=ok
punch 1G len=1G expect=ok
state 1G expect=present=0
allocate 1G len=1G expect=ok
state 1G expect=present=1,order=18
