gmemsim trace 1
# conformance: X5 [T]
# A TD touches a private page as shared: an exit that says so; when it is shared the access completes,
# and finds none of the private bytes.
title = "the shared alias of a private page, attributes of the VM"

[design]
kernel = mainline

[vm td0]
type = tdx
memory = 0
vcpus = 1
gmem ram size=64K

[task vmm]
mmap 0 len=64K anon as=host
bind slot=0 gpa=0 offset=0 len=64K map=host expect=ok
attributes private 0 len=64K expect=ok
signal bound
wait touched
attributes shared 0x3000 len=4K expect=ok
signal converted

[task vcpu0]
wait bound
touch private 0x3000 4K write value=7 expect=ok
touch shared 0x3000 4K read expect=exit:memory_fault(flags=0,gpa=0x3000,size=4K)
signal touched
wait converted
touch shared 0x3000 4K read expect=bytes:0
touch shared 0x3000 4K write value=8 expect=ok
touch shared 0x3000 4K read expect=bytes:8
