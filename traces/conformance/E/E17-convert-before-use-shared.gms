gmemsim trace 1
# conformance: E17 [T]
# kernels: inplace hugetlb-wip hugetlb-plan
# Private memory that nobody has used becomes shared: that is remembered, and both sides can write.
title = "shared before first use"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 16K
init = private
mmap = yes

[task vmm]
convert shared 0 len=16K expect=ok
state 0 expect=present=0,private=0
access read 0 len=16K expect=bytes:0
access write 0 len=16K value=1 expect=ok
signal go
wait written
access read 0 len=16K expect=bytes:2

[task vcpu0]
wait go
touch shared 0 16K read expect=bytes:1
touch shared 0 16K write value=2 expect=ok
signal written
