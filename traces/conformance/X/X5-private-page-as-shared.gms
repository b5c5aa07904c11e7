gmemsim trace 1
# conformance: X5 [T]
# kernels: inplace hugetlb-wip hugetlb-plan
# A TD touches a private page as shared: an exit that says so; when it is shared the access completes,
# and finds none of the private bytes.
title = "the shared alias of a private page"

[design]
kernel = inplace

[vm td0]
type = tdx
memory = 64K
vcpus = 1
mmap = yes

[task vmm]
wait touched
convert shared 0x3000 len=4K expect=ok
signal converted

[task vcpu0]
touch private 0x3000 4K write value=7 expect=ok
touch shared 0x3000 4K read expect=exit:memory_fault(flags=0,gpa=0x3000,size=4K)
signal touched
wait converted
touch shared 0x3000 4K read expect=bytes:0
touch shared 0x3000 4K write value=8 expect=ok
touch shared 0x3000 4K read expect=bytes:8
