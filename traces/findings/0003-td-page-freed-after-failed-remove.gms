gmemsim trace 1
# The module will not give a page back; KVM ends the VM, and the file frees the page.
#
# free: none
title = "a page that the TDX module kept is freed"
expect = freed-mapped

[machine]
scheduler = search
fail-one-in = 2

[design]
kernel = mainline

[vm td0]
type = tdx
memory = 4K
vcpus = 1
accepted = all

[task vmm]
punch 0 len=4K

[task kernel0]
lru-drain

[schedule]
engine = virtual
explored = yes
model = 0xb8502ec56804476
config = 0x3d74768b08b67e16
finding = 1
seed = 16860738450190168606
fingerprint = 0xc5c9fc7e4ba5780d
steps = 82
preemptions = 0
zero-values = yes
choose = vmm/2@2 fails
choose = vmm/2@3 fails
