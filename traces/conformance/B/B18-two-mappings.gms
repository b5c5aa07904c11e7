gmemsim trace 1
# conformance: B18 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# What is written through one mapping is read through the other.
title = "two mappings of a file"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
mmap 0 len=16K as=one
mmap 8K len=8K as=two
access write 0 len=16K map=one value=0x11 expect=ok
access read 8K len=8K map=two expect=bytes:0x11
access write 8K len=4K map=two value=0x22 expect=ok
access read 8K len=4K map=one expect=bytes:0x22
state 8K expect=mapcount=2
