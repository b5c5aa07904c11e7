gmemsim trace 1
# conformance: Q3 Q4 Q5 [T]
# 2M of private memory with 40K in the middle that the guest makes shared: around it the guest's pattern
# stays, in it it sees the VMM's bytes, and each other's writes; private again it is zero, and the host
# keeps the last shared bytes.
title = "a shared piece in the middle of private memory"

[design]
kernel = mainline

[vm td0]
type = tdx
memory = 0
vcpus = 1
gmem ram size=2M

[task vmm]
mmap 0 len=2M anon as=host
access write 0 len=2M map=host value=0xaa
bind slot=0 gpa=0 offset=0 len=2M map=host expect=ok
attributes private 0 len=2M expect=ok
signal bound
wait focus-written
access read 1M len=40K map=host expect=bytes:0xcc
access write 1M len=40K map=host value=0xdd
# the controls: the host has its own bytes there
access read 0 len=1M map=host expect=bytes:0xaa
access read 0x10a000 len=4K map=host expect=bytes:0xaa
signal host-written
wait private
access read 1M len=40K map=host expect=bytes:0xdd

[task vcpu0]
wait bound
touch private 0 2M write value=0xbb expect=ok
mapgpa shared 1M len=40K expect=ok
touch private 0 1M read expect=bytes:0xbb
touch private 0x10a000 4K read expect=bytes:0xbb
touch shared 1M 40K read expect=bytes:0xaa
touch shared 1M 40K write value=0xcc expect=ok
signal focus-written
wait host-written
touch shared 1M 40K read expect=bytes:0xdd
mapgpa private 1M len=40K expect=ok
touch private 1M 40K read expect=bytes:0
touch private 0 1M read expect=bytes:0xbb
touch private 0x10a000 4K read expect=bytes:0xbb
signal private
