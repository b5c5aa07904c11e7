gmemsim trace 1
# conformance: Z3 [T]
# kernels: mainline inplace
# A TD makes all of its memory shared and private again, accepts it and touches all of it, ten times
# (4 GiB on hardware, 2 MiB here).
title = "a TD converts all of its memory, ten times"

[design]
kernel = inplace

[vm td0]
type = tdx
memory = 2M
vcpus = 1
mmap = yes
accepted = all

[task vcpu0]
repeat 10 {
	mapgpa shared 0 len=2M expect=ok
	mapgpa private 0 len=2M expect=ok
	accept 0 len=2M expect=ok,done=512
	touch private 0 2M write value=1 expect=ok
	touch private 0 2M read expect=bytes:1
}
