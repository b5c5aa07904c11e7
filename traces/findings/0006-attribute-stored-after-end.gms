gmemsim trace 1
# A fault begins between the end of the invalidation and the store of the attribute.
#
# free: inplace hugetlb-plan
title = "the attribute is stored after the invalidation has ended"
expect = attr-mapping

[design]
kernel = hugetlb-wip

[vm vm0]
type = sw-protected
memory = 4K
vcpus = 1

[task vcpu0]
touch private 0 4K read

[task vmm]
convert shared 0 len=4K expect=ok

[machine]
scheduler = search

[schedule]
engine = virtual
explored = yes
model = 0xb8502ec56804476
config = 0x9a7bf6c69b4a7dab
finding = 1
seed = 1
fingerprint = 0x4c3e54b790ff4437
steps = 123
preemptions = 1
zero-values = yes
all-points = yes
depart = 4 vmm/3 after kworker_1/1@2 0xa0eb4d032e8238c8
depart = 44 vcpu0/2 after vmm/3@40 0x18f20187794f2741
