gmemsim trace 1
# A guest fault looks an attribute up while a conversion stores another one.
#
# free: inplace hugetlb-plan
title = "attribute lookup during a store"
expect = lifetime

[design]
kernel = hugetlb-wip

[vm vm0]
type = sw-protected
memory = 8K
vcpus = 1

[task vcpu0]
touch private 0x1000 4K read

[task vmm]
convert shared 0 len=4K expect=ok

[machine]
scheduler = search

[schedule]
engine = virtual
explored = yes
model = 0xb8502ec56804476
config = 0x9cb1378290a9028a
finding = 1
seed = 14077953017310334265
fingerprint = 0xe807098139247630
steps = 66
preemptions = 2
zero-values = yes
depart = 28 vmm/3 after vcpu0/2@24 0x347eb7353556a37b
depart = 62 vcpu0/2 after vmm/3@34 0x9d21c2a187ea5acc
