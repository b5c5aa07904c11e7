gmemsim trace 1
# conformance: H1 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Page 0 of four written ones is punched: it reads zero, the others keep their bytes, and it can be
# written again.
title = "punch one page"
[vm vm0]
memory = 16K

[task vmm]
access write 0 len=16K value=0xaa expect=ok
punch 0 len=4K expect=ok
access read 0 len=4K expect=bytes:0
access read 4K len=12K expect=bytes:0xaa
access write 0 len=4K value=0xbb expect=ok
access read 0 len=4K expect=bytes:0xbb
