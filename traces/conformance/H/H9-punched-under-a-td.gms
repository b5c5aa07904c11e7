gmemsim trace 1
# conformance: H9 [T]
# kernels: mainline inplace
# vCPUs of a TD write while other threads punch what they write to: nothing fails, and the guest
# accepts again what it has lost.
title = "holes under the vCPUs of a TD"

[design]
kernel = inplace

[vm td0]
type = tdx
memory = 1M
vcpus = 2
accepted = all

[cost]
guest_exit = 1us
guest_enter = 1us
syscall = 500ns
user_access = 100ns

[task vcpu0..vcpu1]
repeat until=punched { touch private rand(0,16K) 4K write expect=ok }
touch private 0 16K write expect=ok

[task vmm0..vmm1]
repeat 50 { after 2us punch rand(0,16K) len=4K expect=ok }
signal punched

[final]
exists errors(any) == 0
exists calls(TDG.MEM.PAGE.ACCEPT) > 0
