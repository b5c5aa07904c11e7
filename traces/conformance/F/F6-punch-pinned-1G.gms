gmemsim trace 1
# conformance: F6 [T]
# kernels: hugetlb-wip hugetlb-plan
# A shared huge page is merged before it is given back: not while somebody pins it.
title = "1G: a pinned huge page cannot be punched"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 2G
vcpus = 1
backing = 1G
mmap = yes

[task vmm]
convert shared 0 len=1G expect=ok
access write 0 len=4K value=6 expect=ok
pin 0 len=4K longterm as=p
punch 0 len=1G expect=EAGAIN
access read 0 len=4K expect=bytes:6
unpin p
punch 0 len=1G expect=ok
access read 0 len=4K expect=bytes:0

[final]
exists shared(vm0, 0)
