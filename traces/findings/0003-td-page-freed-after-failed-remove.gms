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
seed = 11576619915320386347
fingerprint = 0x2f3375e789148b63
steps = 63
preemptions = 0
zero-values = yes
choose = vmm/2@0 fails
choose = vmm/2@1 fails
