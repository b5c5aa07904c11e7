gmemsim trace 1
# conformance: B20 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Lazy freeing is for anonymous memory; cold pages and page-out are accepted, and change nothing; a
# mapping can be kept from a child.
title = "free, cold, pageout, dontfork"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
access write 0 len=16K value=0x44 expect=ok
advise free 0 len=16K expect=EINVAL
advise cold 0 len=16K expect=ok
advise pageout 0 len=16K expect=ok
advise dontfork 8K len=8K expect=ok
access read 0 len=16K expect=bytes:0x44
state 0 expect=present=1,mapcount=1
fork child expect=ok
join child expect=sigsegv

[task vmm-child process=child]
access read 0 len=8K expect=bytes:0x44
access read 8K len=4K
