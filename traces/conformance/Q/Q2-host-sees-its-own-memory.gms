gmemsim trace 1
# conformance: Q2 [T]
# With attributes of the VM the host address is other memory: what a TD writes as private is not seen there.
title = "the host address while the guest writes private memory"

[design]
kernel = mainline

[vm td0]
type = tdx
memory = 0
vcpus = 1
gmem ram size=64K

[task vmm]
mmap 0 len=64K anon as=host
access write 0 len=64K map=host value=0x11
bind slot=0 gpa=0 offset=0 len=64K map=host expect=ok
attributes private 0 len=64K expect=ok
barrier step
barrier step
access read 0 len=64K map=host expect=bytes:0x11
barrier step
barrier step
access read 0 len=64K map=host expect=bytes:0x11

[task vcpu0]
barrier step
touch private 0 64K write value=0x22 expect=ok
barrier step
barrier step
touch private 0 64K write value=0x33 expect=ok
barrier step
