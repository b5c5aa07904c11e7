gmemsim trace 1
# A conversion finds no memory for the table that a huge leaf's split needs.
#
# free: hugetlb-plan
title = "the leaf split's errno goes through a bool"
expect = errno

[design]
kernel = hugetlb-wip

[vm vm0]
type = sw-protected
memory = 2M
vcpus = 1
backing = 2M

[task vcpu0]
touch private 0 4K write

[task vmm]
convert shared 0 len=4K fail=split_sp

[machine]
scheduler = search

[schedule]
engine = virtual
explored = yes
model = 0xb8502ec56804476
config = 0xe993d8f425d4b7c3
finding = 1
seed = 3681697457321254924
fingerprint = 0xfabf1dc6d1c757f7
steps = 93
preemptions = 0
zero-values = yes
