gmemsim trace 1
# conformance: V10 [K]
# Attributes can be set where there is no slot: they are remembered for one that is added later.
title = "attributes before the slot"
[design]
kernel = mainline

[vm vm0]
type = sw-protected
memory = 0
vcpus = 1


[task vmm]
create f size=16K expect=ok
mmap 0 len=16K anon as=ram
access write 0 len=16K map=ram value=0x11
attributes private 1M len=8K expect=ok
bind slot=0 gpa=1M offset=0 len=16K gmem=f map=ram expect=ok
signal bound

[task vcpu0]
wait bound
touch private 1M 8K read expect=bytes:0
touch shared 0x102000 8K read expect=bytes:0x11
