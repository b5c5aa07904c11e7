gmemsim trace 1
# A page goes while vCPUs may remember it.
#
# class: interleaving
# TRACK begins a new epoch; a page that was blocked before it can be removed when each vCPU has left the guest
# once since.  Faulty: nobody makes them leave; REMOVE answers TDX_TLB_TRACKING_NOT_DONE, and the VM is killed.
# Fixed: TRACK and a kick of all vCPUs are one section under mmu_lock.
title = "TRACK is not followed by a kick"

[machine]
cpus = 2

[design]
kernel = inplace

[vm td0]
type = tdx
memory = 64K
vcpus = 1
accepted = 0..16K

[task vcpu0]
touch private 0 16K write
run 2ms
touch private 16K 4K write expect=ok

[task vmm]
at 1ms convert shared 0 len=4K expect=ok
