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
seed = 7080814041164127438
fingerprint = 0x79467695c8595f5e
steps = 121
preemptions = 2
zero-values = yes
depart = 0 vmm/3 after nobody@0 0x26a23ade0c574565
depart = 11 kworker_0/0 after vmm/3@11 0x42c36dee57f3f6c5
depart = 64 vcpu0/2 after vmm/3@33 0x39552d824fb534cb
