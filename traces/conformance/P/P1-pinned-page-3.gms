gmemsim trace 1
# conformance: P1 P2 P3 P4 [T]
# kernels: inplace hugetlb-wip hugetlb-plan
# Page 3 of four is pinned for long. Host and guest use all pages meanwhile. All four, or that page alone,
# cannot become private: EAGAIN at that page; each other page alone can. Unpinned, it can, too.
title = "page 3 pinned"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 16K
init = shared
mmap = yes

[task vmm]
access write 0 len=16K value=0x10
pin 12K len=4K longterm as=dma
barrier step
barrier step
access read 0 len=16K expect=bytes:0x20
access write 0 len=16K value=0x30 expect=ok
convert private 0 len=16K expect=EAGAIN,error_offset=12K
convert private 12K len=4K expect=EAGAIN,error_offset=12K
access read 12K len=4K expect=bytes:0x30
convert private 0K len=4K expect=ok
convert private 4K len=4K expect=ok
convert private 8K len=4K expect=ok
convert private 12K len=4K expect=EAGAIN,error_offset=12K
unpin dma
convert private 12K len=4K expect=ok
access read 12K len=4K expect=sigbus

[task vcpu0]
barrier step
touch shared 0 16K read expect=bytes:0x10
touch shared 0 16K write value=0x20 expect=ok
barrier step
