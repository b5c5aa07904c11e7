gmemsim trace 1
# conformance: E9 E10 E11 [T]
# kernels: inplace hugetlb-wip hugetlb-plan
# A page private from birth: the host gets SIGBUS, the guest uses it. Made shared it keeps its content,
# and both sides see what the other writes.
title = "private, then shared"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 4K
init = private
mmap = yes

[task vmm]
access write 0 len=4K value=9 expect=sigbus
signal go
wait written
access read 0 len=4K expect=sigbus
convert shared 0 len=4K expect=ok
access read 0 len=4K expect=bytes:0xa
access write 0 len=4K value=0xb expect=ok
signal shared
wait read
access read 0 len=4K expect=bytes:0xc

[task vcpu0]
wait go
touch private 0 4K read expect=bytes:0
touch private 0 4K write value=0xa expect=ok
signal written
wait shared
touch shared 0 4K read expect=bytes:0xb
touch shared 0 4K write value=0xc expect=ok
signal read
