gmemsim trace 1
# conformance: P17 [R]
# kernels: inplace hugetlb-wip hugetlb-plan
# Sixteen bytes of a page sit in a pipe: any reference counts, whatever its length.
title = "a pipe with few bytes of a page"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 16K
init = shared
mmap = yes

[task vmm]
access write 0 len=16K value=0x21
pin 4100 len=16 via=pipe as=pipe expect=ok,done=1
convert private 4K len=4K expect=EAGAIN,error_offset=4K
unpin pipe expect=bytes:0x21
convert private 4K len=4K expect=ok
