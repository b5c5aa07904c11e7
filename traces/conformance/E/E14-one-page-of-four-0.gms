gmemsim trace 1
# conformance: E14 E15 [T]
# kernels: inplace hugetlb-wip hugetlb-plan
# Page 0 of four becomes private: the host loses it, the guest keeps its byte, and the other pages stay
# shared with theirs. Made shared again, all four are as before.
title = "page 0 of four"

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
convert private 0 len=4K expect=ok
access read 0 len=4K expect=sigbus
access write 0 len=4K expect=sigbus
access read 4K len=4K expect=bytes:0x11
access read 8K len=4K expect=bytes:0x12
access read 12K len=4K expect=bytes:0x13
barrier step
barrier step
access read 4K len=4K expect=bytes:0x21
access read 8K len=4K expect=bytes:0x22
access read 12K len=4K expect=bytes:0x23
access read 0 len=4K expect=sigbus
convert shared 0 len=4K expect=ok
access read 0 len=4K expect=bytes:0x20
access read 4K len=4K expect=bytes:0x21
access read 8K len=4K expect=bytes:0x22
access read 12K len=4K expect=bytes:0x23
access write 0 len=16K value=0x30 expect=ok
barrier step

[task vcpu0]
barrier step
touch private 0 4K read expect=bytes:0x10
touch shared 4K 4K read expect=bytes:0x11
touch shared 8K 4K read expect=bytes:0x12
touch shared 12K 4K read expect=bytes:0x13
touch private 0 4K write value=0x20 expect=ok
touch shared 4K 4K write value=0x21 expect=ok
touch shared 8K 4K write value=0x22 expect=ok
touch shared 12K 4K write value=0x23 expect=ok
barrier step
barrier step
touch shared 0 16K read expect=bytes:0x30
touch shared 0 16K write value=0x31 expect=ok
