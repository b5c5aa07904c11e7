gmemsim trace 1
# conformance: E7 [K]
# kernels: inplace hugetlb-wip hugetlb-plan
# What already is as asked for is done at once: nothing is unmapped, no reference looked at, no guest
# mapping taken, so that it succeeds while pinned.
title = "the requested state already"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 16K
init = shared
mmap = yes

[task vmm]
access write 0 len=16K value=1
signal host
wait guest
pin 4K len=4K longterm as=p
convert shared 0 len=16K expect=ok
state 4K expect=pinned=1,mapcount=1
expect mapped(vm0, 0x1000)
unpin p
convert private 0 len=16K expect=ok
convert private 0 len=16K expect=ok

[task vcpu0]
wait host
touch shared 0 16K read expect=bytes:1
signal guest
