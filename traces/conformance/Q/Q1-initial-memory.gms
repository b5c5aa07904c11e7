gmemsim trace 1
# conformance: Q1 [T]
# kernels: mainline inplace
# A TD gets its initial memory, is finalized, and runs on it to the end.
title = "a TD with initial memory"

[design]
kernel = inplace

[vm td0]
type = tdx
build = vcpus
memory = 64K
vcpus = 1

[task vmm]
wait tried
mmap 0 len=64K anon as=image
access write 0 len=64K map=image value=0x42
populate 0 len=32K map=image expect=ok,done=8
finalize expect=ok
finalize expect=EINVAL
populate 32K len=4K map=image expect=EINVAL
signal ready

[task vcpu0]
touch private 0 4K read expect=EINVAL
signal tried
wait ready
touch private 0 32K read expect=bytes:0x42
touch private 0 4K write value=0x43 expect=ok
touch private 0 4K read expect=bytes:0x43
run 10us

[final]
exists accepted(td0, 0)
exists calls(TDH.MEM.PAGE.ADD) == 8
exists calls(TDH.MR.FINALIZE) == 1
