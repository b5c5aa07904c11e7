gmemsim trace 1
# conformance: V1 [T]
# A slot with memory of its own and a guest_memfd; no attribute is set: guest and host exchange bytes
# through the memory, and the file stays empty.
title = "no attribute set"
[design]
kernel = mainline

[vm vm0]
type = sw-protected
memory = 0
vcpus = 1


[task vmm]
create f size=64K expect=ok
mmap 0 len=64K anon as=ram
bind slot=0 gpa=1M offset=0 len=64K gmem=f map=ram expect=ok
access write 0 len=64K map=ram value=0x11
barrier step
barrier step
access read 0 len=64K map=ram expect=bytes:0x22

[task vcpu0]
barrier step
touch shared 1M 64K read expect=bytes:0x11
touch shared 1M 64K write value=0x22 expect=ok
barrier step

[final]
exists allocated(vm0.f) == 0
