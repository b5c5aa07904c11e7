gmemsim trace 1
# conformance: Q8 [T]
# kernels: inplace hugetlb-wip hugetlb-plan
# In place, private from birth: SIGBUS for the host, zeroes for the guest.
title = "a TD's memory is private from birth"

[design]
kernel = inplace

[vm td0]
type = tdx
memory = 64K
vcpus = 1
mmap = yes

[task vmm]
access read 0 len=4K expect=sigbus
signal tried

[task vcpu0]
wait tried
touch private 0 64K read expect=bytes:0
