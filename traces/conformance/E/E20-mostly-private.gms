gmemsim trace 1
# conformance: E20 [T]
# kernels: inplace hugetlb-wip hugetlb-plan
# Three of four pages are private already; one call makes all private and changes no content.
title = "three of four private already"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 16K
init = shared
mmap = yes

[task vmm]
access write 0 len=4K value=0x10
access write 4K len=4K value=0x11
access write 8K len=4K value=0x12
access write 12K len=4K value=0x13
convert private 0 len=8K expect=ok
convert private 12K len=4K expect=ok
access read 8K len=4K expect=bytes:0x12
convert private 0 len=16K expect=ok
access read 8K len=4K expect=sigbus
signal go

[task vcpu0]
wait go
touch private 0 4K read expect=bytes:0x10
touch private 4K 4K read expect=bytes:0x11
touch private 8K 4K read expect=bytes:0x12
touch private 12K 4K read expect=bytes:0x13
