gmemsim trace 1
# conformance: Q7 [T]
# kernels: mainline inplace
# A touch of a private page that was not accepted raises #VE in the guest, whose handler accepts 4K.
title = "#VE, and what its handler accepts"

[design]
kernel = inplace

[vm td0]
type = tdx
memory = 64K
vcpus = 1
pending = 0..4K

[task vcpu0]
expect pending(td0, 0)
touch private 0 4K read expect=bytes:0
expect accepted(td0, 0)
accept 0 len=4K expect=TDX_PAGE_ALREADY_ACCEPTED
expect never accepted(td0, 0x1000)
accept 0x1000 len=4K expect=ok,done=1
touch private 0x1000 4K read expect=bytes:0

[final]
exists accepted(td0, 0x1000)
# one of the handler's, two of the trace's; the last of these has left the guest once
exists calls(TDG.MEM.PAGE.ACCEPT) == 4
