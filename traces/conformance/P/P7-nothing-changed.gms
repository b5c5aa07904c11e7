gmemsim trace 1
# conformance: P7 [K]
# kernels: inplace hugetlb-wip hugetlb-plan
# One page of the range is pinned: after EAGAIN no page of the file has changed its attribute, and the
# host still reads every page.
title = "state after EAGAIN"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 16K
init = shared
mmap = yes

[task vmm]
access write 0 len=16K value=0x10
pin 8K len=4K longterm as=dma
convert private 0 len=16K expect=EAGAIN,error_offset=8K
expect shared(vm0, 0)
expect shared(vm0, 4K)
expect shared(vm0, 8K)
expect shared(vm0, 12K)
access read 0 len=16K expect=bytes:0x10
unpin dma
