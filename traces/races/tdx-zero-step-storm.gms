gmemsim trace 1
# Two vCPUs need the same table of the S-EPT.
#
# class: interleaving
# While one builds it the mirror's entry is frozen, and the other has to try again.
# Faulty: for that it goes back into the guest, where the same instruction faults again; six times, and the
# module takes it for an attack and locks the S-EPT tree at each entry, which is what the first one needs.
# Fixed (v6.15): a private fault that has to be tried again is tried again in the host.
title = "KVM's own retries look like zero-stepping"

[machine]
cpus = 3

[design]
kernel = inplace

[vm td0]
type = tdx
memory = 64K
vcpus = 2

[cost]
tdx_sept_add = 1ms
retry_delay = 1us
tdx_vp_enter = 2us
tdx_td_exit = 2us

[task vcpu0]
touch private 0 4K write expect=ok

[task vcpu1]
at 100us touch private 4K 4K write expect=ok
