gmemsim trace 1
# Two guest faults meet at a mixed huge page that is not there yet.
#
# free: hugetlb-plan
title = "two at a time split a fresh huge page"
expect = data-race

[design]
kernel = hugetlb-wip

[vm vm0]
type = sw-protected
memory = 2M
vcpus = 2
backing = 2M

[task vmm]
convert shared 0 len=4K

[task vcpu0]
touch private 0x1000 4K read

[task vcpu1]
touch private 0x2000 4K read

[machine]
scheduler = search

[schedule]
engine = virtual
explored = yes
model = 0xb8502ec56804476
config = 0x4a4d1cdccd71d057
finding = 1
seed = 13194029596285387007
fingerprint = 0x9a1fcc39fb0f4b0
steps = 736
preemptions = 3
zero-values = yes
depart = 11 vcpu1/6 after vmm/4@3 0x9b551c23cbdc2139
depart = 76 vcpu1/6 after vmm/4@37 0x51f75506904ae702
depart = 82 vcpu0/5 after vcpu1/6@37 0x28d1b8675e2d5a8a
depart = 133 vcpu1/6 after vcpu0/5@51 0xaa0f2788e5c5ebd5
