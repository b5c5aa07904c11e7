gmemsim trace 1
# The guest reads a page of a fresh huge page.
#
# free: hugetlb-plan
title = "only the first page of a huge page is cleared"
expect = content

[design]
kernel = hugetlb-wip

[vm vm0]
type = sw-protected
memory = 2M
vcpus = 1
backing = 2M

[task vcpu0]
touch private 0x1000 4K read

[machine]
scheduler = search

[schedule]
engine = virtual
explored = yes
model = 0xb8502ec56804476
config = 0xdce319c86e76fc4e
finding = 1
seed = 1
fingerprint = 0xddae4fe7ee13b1a2
steps = 86
preemptions = 0
zero-values = yes
all-points = yes
