gmemsim trace 1
# conformance: E21 [T]
# kernels: inplace hugetlb-wip hugetlb-plan
# Parent and child have a shared page mapped and have touched it. The parent makes it private: the child
# gets SIGBUS for reads and for writes.
title = "a child has the page mapped"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 4K
init = shared
mmap = yes

[task vmm]
access write 0 len=4K value=1 expect=ok
fork child expect=ok
wait touched
access read 0 len=4K expect=bytes:2
state 0 expect=mapcount=2
convert private 0 len=4K expect=ok
state 0 expect=mapcount=0
signal private
join child expect=ok
access read 0 len=4K expect=sigbus

[task vmm-child process=child]
access read 0 len=4K expect=bytes:1
access write 0 len=4K value=2 expect=ok
signal touched
wait private
access read 0 len=4K expect=sigbus
access write 0 len=4K expect=sigbus
