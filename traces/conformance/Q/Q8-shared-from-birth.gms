gmemsim trace 1
# conformance: Q8 [T]
# kernels: inplace hugetlb-wip hugetlb-plan
# In place, shared from birth: zeroes for the host, and the guest sees what the host writes.
title = "a TD's memory is shared from birth"

[design]
kernel = inplace

[vm td0]
type = tdx
memory = 64K
vcpus = 1
init = shared
mmap = yes

[task vmm]
access read 0 len=64K expect=bytes:0
access write 0 len=64K value=0x21 expect=ok
signal written

[task vcpu0]
wait written
touch shared 0 64K read expect=bytes:0x21
