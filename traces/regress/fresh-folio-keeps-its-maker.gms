gmemsim trace 1
# A memory error hits a folio that a fault is about to split.
#
# Found by generated traces on hugetlb-plan: of a mixed page the fault that makes the folio splits it, and waited
# without bound for a reference that memory_failure() keeps, although the rule of decision 9 is 64 us for whatever
# waits for references. It gives up that folio now.
title = "a fresh folio is hit by a memory error before it is split"

[design]
kernel = hugetlb-plan

[vm vm0]
type = sw-protected
memory = 4M
vcpus = 1
backing = 2M

[task vcpu0]
touch private 0x1000 4K write

[task vmm0]
convert shared 0 len=4K

[task kernel0]
memory-failure 0x2000
