gmemsim trace 1
# A hole is punched under a shared mapping of a TD: the page is freed, the mapping stays.
#
# free: inplace hugetlb-wip hugetlb-plan
title = "a shared leaf of a TD survives the hole"
expect = freed-mapped

[design]
kernel = mainline

[vm td0]
type = tdx
memory = 4K
vcpus = 1
mmap = yes

[task vcpu0]
touch shared 0 4K write

[task vmm]
attributes shared 0 len=4K expect=ok
punch 0 len=4K expect=ok

[machine]
scheduler = search

[schedule]
engine = virtual
explored = yes
model = 0xb8502ec56804476
config = 0xc5fb58aef6f0f7bf
finding = 1
seed = 13608149317741381227
fingerprint = 0xff43a00d09a5268f
steps = 132
preemptions = 2
zero-values = yes
depart = 20 vmm/3 after vcpu0/2@16 0x71b21b5236bcd47b
depart = 40 vcpu0/2 after vmm/3@20 0x419fc812fca46cf3
