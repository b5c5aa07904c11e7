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
fingerprint = 0x4935249836fbb25d
steps = 63
preemptions = 1
zero-values = yes
depart = 57 kernel0/4 after vmm/3@51 0x292ee200899b3bca
