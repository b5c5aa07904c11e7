gmemsim trace 1
# conformance: F23 [T]
# kernels: hugetlb-wip hugetlb-plan
# In a huge page a TD touches a few bytes as shared, then as private; the VMM converts what each exit
# says, and that has the right direction.
title = "shared and private alias of one place in a huge page"

[design]
kernel = hugetlb-wip

[tdx]
huge-pages = yes

[vm td0]
type = tdx
memory = 2M
backing = 2M
mmap = yes
accepted = all

[task vcpu0]
touch shared 0x1000 8 write expect=exit:memory_fault(flags=0,gpa=0x1000,size=4K)
signal wants-shared
wait shared
touch shared 0x1000 8 write value=7 expect=ok
touch private 0x1000 8 write expect=exit:memory_fault(flags=8,gpa=0x1000,size=4K)
signal wants-private
wait private
touch private 0x1000 8 read expect=bytes:0
touch private 0 4K write expect=ok

[task vmm]
wait wants-shared
convert shared 0x1000 len=4K expect=ok
signal shared
wait wants-private
access read 0x1000 len=4K expect=bytes:7
convert private 0x1000 len=4K expect=ok
signal private
