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
seed = 12729419561255957615
fingerprint = 0x5f8893cdbf81a35e
steps = 715
preemptions = 3
zero-values = yes
depart = 8 vcpu1/6 after kworker_2/3@2 0xd5f2b0b84e63f793
depart = 27 vmm/4 after vcpu1/6@19 0xa8dcec5194b17303
depart = 65 vcpu1/6 after vmm/4@38 0x914a94ed79f16ce1
depart = 73 vcpu1/6 after vcpu1/6@27 0xb76317ab43af5dfa
depart = 104 vcpu0/5 after vcpu1/6@58 0x24f50d33f7a71c4c
depart = 158 vcpu1/6 after vcpu0/5@54 0x8079bc36ca2089a4
