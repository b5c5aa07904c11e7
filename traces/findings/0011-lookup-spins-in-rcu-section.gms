gmemsim trace 1
# A walker of the page cache meets a huge page that is being split.
#
# free: hugetlb-plan
title = "a lookup spins for a folio whose split waits for the lookup"
expect = deadlock

[design]
kernel = hugetlb-wip

[vm vm0]
type = sw-protected
memory = 2M
vcpus = 1
backing = 2M

[task vmm]
allocate 0 len=2M expect=ok
convert shared 0 len=4K

[task kernel0]
speculative-ref 1M len=4K

[machine]
scheduler = search

[schedule]
engine = virtual
explored = yes
model = 0xb8502ec56804476
config = 0xf75694f5500509b6
finding = 1
seed = 16860738450190168606
fingerprint = 0x7abc9325f93893bd
steps = 69
preemptions = 2
zero-values = yes
depart = 55 kernel0/4 after vmm/3@49 0xd9e3e14ef2b8b1af
depart = 59 vmm/3 after kernel0/4@4 0x6bd4e30ee84c449e
