gmemsim trace 1
# A zap meets vCPUs that enter the guest: the flag goes too early.
#
# class: interleaving
# TRACK needs the TD's epoch lock alone, VP.ENTER shares it; each is tried once, and the loser is told BUSY.
# Three vCPUs come and go, so that one of them is always on its way in.
# Faulty: vCPUs are let in before the retry; it is BUSY again, which kills the VM.
# Fixed (4b2abc49712b): a flag keeps vCPUs out, a kick gets them out, the one retry succeeds, the flag goes.
title = "vCPUs are let in before the retry"

[machine]
cpus = 4

[design]
kernel = inplace

[vm td0]
type = tdx
memory = 64K
vcpus = 3
accepted = 0..16K

[cost]
tdx_epoch_lock = 100us
tdx_seamcall = uniform(1us, 3us)

[task vcpu0]
repeat 4 { halt 1us expect=ok }

[task vcpu1]
at 40us repeat 4 { halt 1us expect=ok }

[task vcpu2]
at 80us repeat 4 { halt 1us expect=ok }

[task vmm]
at 200us convert shared 0 len=16K expect=ok
