gmemsim trace 1
# conformance: F20 [K]
# kernels: hugetlb-wip hugetlb-plan
# A pinned 4K page inside a split huge page: the range that contains it stays shared.
title = "2M: one page of the range is pinned"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 2M
vcpus = 1
backing = 2M
mmap = yes

[task vmm]
convert shared 0 len=2M expect=ok
access write 1M len=8K value=1 expect=ok
pin 1M len=4K as=p
convert private 0 len=2M expect=EAGAIN,error_offset=1M
convert private 1M len=8K expect=EAGAIN,error_offset=1M
expect shared(vm0, 1M)
unpin p
convert private 0 len=2M expect=ok
