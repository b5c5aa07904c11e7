gmemsim trace 1
# conformance: E16 [T]
# kernels: inplace hugetlb-wip hugetlb-plan
# Memory that nobody has used becomes private: that is remembered.
title = "private before first use"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 16K
init = shared
mmap = yes

[task vmm]
convert private 0 len=16K expect=ok
state 0 expect=present=0,private=1
access read 0 len=16K expect=sigbus
signal go

[task vcpu0]
wait go
touch private 0 16K read expect=bytes:0
