gmemsim trace 1
# A memslot cannot be bound, and cannot be taken out again.
#
# free: inplace hugetlb-wip hugetlb-plan
title = "a memslot that is bound to nothing stays"
expect = error-atomic

[design]
kernel = mainline

[vm vm0]
type = sw-protected
memory = 8K
vcpus = 1

[task vmm]
bind slot=1 gpa=1G offset=0x1000 len=4K expect=EEXIST fail=memslot:2

[machine]
scheduler = search

[schedule]
engine = virtual
explored = yes
model = 0xb8502ec56804476
config = 0xc707ce6613ae536d
finding = 1
seed = 1
fingerprint = 0x37af415c0c2a03da
steps = 25
preemptions = 0
zero-values = yes
all-points = yes
