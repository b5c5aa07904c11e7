gmemsim trace 1
# conformance: A3 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Creation charges no memory: the largest size there is can be had, and far pages of it used.
title = "the largest file"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
create f size=0x7ffffffffffff000 mmap=yes init=shared expect=ok
stat f expect=ok,size=0x7ffffffffffff000
mmap 8T len=4K gmem=f as=far expect=ok
access write 8T len=4K map=far value=7 expect=ok
access read 8T len=4K map=far expect=bytes:7
