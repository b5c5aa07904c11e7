gmemsim trace 1
# A TD's key is given up while a hole is punched: the module refuses what the zap asks for.
#
# free: none
title = "KVM_TDX_TERMINATE_VM against a zap"
expect = freed-mapped

[design]
kernel = mainline

[vm td0]
type = tdx
memory = 4K
vcpus = 1
accepted = all

[task vmm0]
terminate

[task vmm1]
punch 0 len=4K

[task kernel0]
lru-drain

[machine]
scheduler = search

[schedule]
engine = virtual
explored = yes
model = 0xb8502ec56804476
config = 0xc48939371f4d33b6
finding = 1
seed = 3503661584745080818
fingerprint = 0x88b7899ed96c24b1
steps = 82
preemptions = 1
zero-values = yes
depart = 17 vmm1/4 after vmm0/3@11 0x564ebb3dddd8f522
