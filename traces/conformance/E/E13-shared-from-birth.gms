gmemsim trace 1
# conformance: E13 [T]
# kernels: inplace hugetlb-wip hugetlb-plan
# A page shared from birth goes to private and back; the bytes follow, the guest's last one is what the
# host sees.
title = "shared, private, shared"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 4K
init = shared
mmap = yes

[task vmm]
access write 0 len=4K value=1 expect=ok
barrier step
barrier step
access read 0 len=4K expect=bytes:2
convert private 0 len=4K expect=ok
access read 0 len=4K expect=sigbus
barrier step
barrier step
access write 0 len=4K expect=sigbus
convert shared 0 len=4K expect=ok
access read 0 len=4K expect=bytes:3

[task vcpu0]
barrier step
touch shared 0 4K read expect=bytes:1
touch shared 0 4K write value=2 expect=ok
barrier step
barrier step
touch private 0 4K read expect=bytes:2
touch private 0 4K write value=3 expect=ok
barrier step
