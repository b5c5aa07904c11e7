gmemsim trace 1
# conformance: X4 [T]
# kernels: inplace hugetlb-wip hugetlb-plan
# A TD touches a shared page as private: an exit that says so; when it is private the access completes.
title = "the private alias of a shared page"

[design]
kernel = inplace

[vm td0]
type = tdx
memory = 64K
init = shared
mmap = yes

[task vcpu0]
touch private 0x3000 4K read expect=exit:memory_fault(flags=8,gpa=0x3000,size=4K)
signal read
wait converted
touch private 0x3000 4K read expect=bytes:0
touch private 0x5000 4K write value=7 expect=exit:memory_fault(flags=8,gpa=0x5000,size=4K)
signal written
wait converted count=2
touch private 0x5000 4K write value=7 expect=ok
touch private 0x5000 4K read expect=bytes:7

[task vmm]
wait read
convert private 0x3000 len=4K expect=ok
signal converted
wait written
convert private 0x5000 len=4K expect=ok
signal converted
