gmemsim trace 1
# conformance: M9 [R]
# kernels: inplace hugetlb-wip hugetlb-plan
# The failure handler keeps a reference: to private is EAGAIN at the poisoned page, to shared, which it
# is, succeeds.
title = "convert a poisoned page"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 16K
init = shared
mmap = yes

[task vmm]
access write 0 len=16K value=0x12
advise hwpoison 8K len=4K expect=EBUSY
convert private 0 len=16K expect=EAGAIN,error_offset=8K
convert private 8K len=4K expect=EAGAIN,error_offset=8K
convert shared 8K len=4K expect=ok
punch 8K len=4K expect=ok
convert private 0 len=16K expect=ok
