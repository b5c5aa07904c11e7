gmemsim trace 1
# conformance: B9 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# A forked child that touches private memory dies of SIGBUS; the parent does not.
title = "a child dies of SIGBUS"

[design]
kernel = mainline

[vm vm0]
memory = 16K
init = private
mmap = yes

[task vmm]
fork child expect=ok
join child expect=sigbus
punch 0 len=4K expect=ok

[task vmm-child process=child]
access write 0 len=4K
punch 0 len=16K
