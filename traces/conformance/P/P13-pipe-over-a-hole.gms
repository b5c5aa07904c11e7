gmemsim trace 1
# conformance: P13 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# A pipe refers to a page that is punched: the mapping reads zero, the pipe still has the old bytes.
title = "a pipe keeps the bytes of a hole"
[vm vm0]
memory = 16K

[task vmm]
access write 0 len=16K value=0x5a
pin 4K len=4K via=pipe as=pipe expect=ok
punch 4K len=4K expect=ok
access read 4K len=4K expect=bytes:0
access write 4K len=4K value=0x77
unpin pipe expect=bytes:0x5a
