gmemsim trace 1
# conformance: J5 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# With VM and file closed a mapping still works: old pages have their content, new ones can be faulted
# in. The memory goes with the mapping.
title = "a mapping outlives file and VM"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
mmap 0 len=16K as=kept
access write 0 len=4K map=kept value=7
destroy expect=ok
counter vms expect=value=1
access read 0 len=4K map=kept expect=bytes:7
access write 4K len=12K map=kept value=8 expect=ok
access read 4K len=12K map=kept expect=bytes:8
