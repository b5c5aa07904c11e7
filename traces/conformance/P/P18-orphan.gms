gmemsim trace 1
# conformance: P18 [R]
# kernels: inplace hugetlb-wip hugetlb-plan
# A pinned page is punched, so that the pin has an orphan: the index can be converted.
title = "convert where a pin has the page that was there"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 16K
init = shared
mmap = yes

[task vmm]
access write 0 len=16K value=0x21
pin 4K len=4K longterm as=dma
punch 4K len=4K expect=ok
convert private 4K len=4K expect=ok
unpin dma expect=ok
