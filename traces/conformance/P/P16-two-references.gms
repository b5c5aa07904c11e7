gmemsim trace 1
# conformance: P16 [R]
# kernels: inplace hugetlb-wip hugetlb-plan
# Two pages are referenced, the lower is dropped first: EAGAIN at the lower, then at the upper, then it
# works.
title = "two references, dropped one by one"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 32K
init = shared
mmap = yes

[task vmm]
access write 0 len=32K value=1
pin 8K len=4K as=low
pin 20K len=4K as=high
convert private 0 len=32K expect=EAGAIN,error_offset=8K
unpin low
convert private 0 len=32K expect=EAGAIN,error_offset=20K
unpin high
convert private 0 len=32K expect=ok
