gmemsim trace 1
# conformance: V11 [O]
# With attributes of the VM, a file of a protected VM cannot be shared from birth; a mapped one is never
# seen by the host (SIGBUS), while the guest uses it under either attribute.
title = "a file that can be mapped"
[design]
kernel = mainline

[vm vm0]
type = sw-protected
memory = 0
vcpus = 1


[task vmm]
create g size=16K flags=3 expect=EINVAL
create f size=16K flags=1 expect=ok
mmap 0 len=16K gmem=f as=view expect=ok
access write 0 len=4K map=view expect=sigbus
bind slot=0 gpa=1M offset=0 len=16K gmem=f map=view expect=ok
barrier step
barrier step
attributes private 1M len=16K expect=ok
barrier step

[task vcpu0]
barrier step
touch shared 1M 4K write value=0x31 expect=ok
touch shared 1M 4K read expect=bytes:0x31
barrier step
barrier step
touch private 1M 4K read expect=bytes:0x31
touch private 0x101000 4K write value=0x32 expect=ok
