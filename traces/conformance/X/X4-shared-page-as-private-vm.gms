gmemsim trace 1
# conformance: X4 [T]
# A TD touches a shared page as private: an exit that says so; when it is private the access completes.
title = "the private alias of a shared page, attributes of the VM"

[design]
kernel = mainline

[vm td0]
type = tdx
memory = 0
vcpus = 1
gmem ram size=64K

[task vcpu0]
wait bound
touch private 0x3000 4K read expect=exit:memory_fault(flags=8,gpa=0x3000,size=4K)
signal read
wait converted
touch private 0x3000 4K read expect=bytes:0
touch private 0x5000 4K write value=7 expect=exit:memory_fault(flags=8,gpa=0x5000,size=4K)
signal written
wait converted count=2
touch private 0x5000 4K write value=7 expect=ok
touch private 0x5000 4K read expect=bytes:7

[task vmm]
mmap 0 len=64K anon as=host
bind slot=0 gpa=0 offset=0 len=64K map=host expect=ok
signal bound
wait read
attributes private 0x3000 len=4K expect=ok
signal converted
wait written
attributes private 0x5000 len=4K expect=ok
signal converted
