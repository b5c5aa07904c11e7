gmemsim trace 1
# Two host faults meet at a huge page that is shared and not there yet.
#
# free: hugetlb-plan
title = "a fresh folio is split under a sleeper"
expect = deadlock

[machine]
scheduler = search
hvo = no

[design]
kernel = hugetlb-wip

[vm vm0]
type = sw-protected
memory = 2M
vcpus = 1
backing = 2M
mmap = yes

[task vmm0]
convert shared 0 len=2M expect=ok
access read 0 len=4K

[task vmm1]
access read 0x10000 len=4K

[schedule]
engine = virtual
explored = yes
model = 0xb8502ec56804476
config = 0x5b0651d5238dcfde
finding = 1
seed = 8053062980868484603
fingerprint = 0x83ff3111ca26c2da
steps = 96
preemptions = 3
zero-values = yes
depart = 33 vmm1/4 after vmm0/3@27 0xe8a79b310a13e8fd
depart = 48 vmm1/4 after vmm0/3@31 0x3307bf8e81d191f6
depart = 63 vmm0/3 after vmm1/4@26 0xe791f4c15f74f9e2
