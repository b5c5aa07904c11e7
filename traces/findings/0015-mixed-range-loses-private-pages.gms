gmemsim trace 1
# A range of which one page is private already becomes private: the TD loses that page, too.
#
# free: hugetlb-plan
# whole: yes
title = "private pages of a mixed range are zapped by a conversion to private"
expect = expect

[design]
kernel = inplace

[vm td0]
type = tdx
memory = 8K
vcpus = 1
accepted = all

[task vcpu0]
touch private 0 4K write value=0x7 expect=ok
signal written
wait converted
touch private 0 4K read expect=bytes:0x07

[task vmm]
wait written
convert shared 0x1000 len=4K expect=ok
convert private 0 len=8K expect=ok
signal converted

[machine]
scheduler = search

[schedule]
engine = virtual
explored = yes
model = 0xb8502ec56804476
config = 0xb127571ef110e0fb
finding = 1
seed = 1
fingerprint = 0x64df527f694a34f1
steps = 406
preemptions = 3
all-points = yes
depart = 1 kworker_1/1 after kworker_0/0@1 0xc23bef49e321ceea
depart = 2 vcpu0/2 after kworker_1/1@1 0xbe22989b1701d0c6
depart = 3 vmm/3 after vcpu0/2@1 0xdf4ed1476f8f2c02
