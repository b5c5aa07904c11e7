gmemsim trace 1
# conformance: H7 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# A shared 4K page that is pinned can be punched; the pin keeps what it has.
title = "punch a pinned page"
[vm vm0]
memory = 16K

[task vmm]
access write 0 len=16K value=0x44
pin 0 len=4K longterm as=p
punch 0 len=4K expect=ok
access read 0 len=4K expect=bytes:0
unpin p expect=ok
