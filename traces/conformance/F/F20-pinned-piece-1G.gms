gmemsim trace 1
# conformance: F20 [K]
# kernels: hugetlb-wip hugetlb-plan
# A pinned 4K page inside a split huge page: the range that contains it stays shared.
title = "1G: one page of the range is pinned"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 1G
vcpus = 1
backing = 1G
mmap = yes

[task vmm]
convert shared 0 len=1G expect=ok
access write 512M len=8K value=1 expect=ok
pin 512M len=4K as=p
convert private 0 len=1G expect=EAGAIN,error_offset=512M
convert private 512M len=8K expect=EAGAIN,error_offset=512M
expect shared(vm0, 512M)
unpin p
convert private 0 len=1G expect=ok
