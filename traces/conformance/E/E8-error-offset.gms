gmemsim trace 1
# conformance: E8 [K]
# kernels: inplace hugetlb-wip hugetlb-plan
# error_offset is written by a conversion that fails, with the first page in the way or the range's start
# when memory ran out; success and wrong arguments leave it, and what it held before plays no part.
title = "when error_offset is written"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 16K
init = shared
mmap = yes

[task vmm]
access write 0 len=16K value=1
pin 8K len=4K longterm as=p
convert private 0 len=16K value=0x77 expect=EAGAIN,error_offset=8K
convert private 4K len=12K value=0x3000 expect=EAGAIN,error_offset=8K
convert private 0 len=4095 value=0x77 expect=EINVAL,error_offset=0x77
convert private 0 len=8K value=0x77 expect=ok,error_offset=0x77
convert private 0 len=8K value=0x77 expect=ok,error_offset=0x77
unpin p
convert private 8K len=4K value=0x77 fail=attr_prealloc expect=ENOMEM,error_offset=8K
convert private 8K len=4K flags=1 value=0x77 expect=EINVAL,error_offset=0x77
convert private 8K len=4K bad-pointer value=0x77 expect=EFAULT,error_offset=0x77
