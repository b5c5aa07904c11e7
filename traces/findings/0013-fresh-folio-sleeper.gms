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
fingerprint = 0x41658af89be0ae91
steps = 91
preemptions = 2
zero-values = yes
depart = 33 vmm1/4 after vmm0/3@27 0x1072ab85d27c058b
depart = 72 vmm1/4 after vmm0/3@55 0x106524e4dad8fd76
