gmemsim trace 1
# conformance: E25 [K]
# kernels: inplace hugetlb-wip hugetlb-plan
# The range leaves the host's page tables before references are looked at: after EAGAIN attributes are as
# before, but the pages have to be faulted in again.
title = "order of work, seen after EAGAIN"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 16K
init = shared
mmap = yes

[task vmm]
access write 0 len=16K value=1
state 0 expect=mapcount=1
pin 12K len=4K longterm as=p
convert private 0 len=16K expect=EAGAIN,error_offset=12K
state 0 expect=private=0,mapcount=0
state 4K expect=private=0,mapcount=0
state 8K expect=private=0,mapcount=0
state 12K expect=private=0,mapcount=0
access read 0 len=16K expect=bytes:1
state 0 expect=private=0,mapcount=1
unpin p
convert private 0 len=16K expect=ok
