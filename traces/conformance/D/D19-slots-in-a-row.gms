gmemsim trace 1
# conformance: D19 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Eight slots at consecutive offsets of one file and consecutive guest addresses: each access lands in its
# part of the file.
title = "eight slots over one file"
[vm vm0]
memory = 0
vcpus = 1

[task vmm]
create f size=128K mmap=yes init=shared expect=ok
mmap 0 len=128K gmem=f as=all
for i in 0..7 {
	bind slot=i gpa=1M+i*16K offset=i*16K len=16K gmem=f expect=ok
}
signal bound
wait written
for i in 0..31 {
	access read i*4K len=4K map=all expect=bytes:0x55
}
access write 80K len=4K map=all value=0x66
signal answered

[task vcpu0]
wait bound
touch shared 1M 128K write value=0x55 expect=ok,done=32
signal written
wait answered
touch shared 0x114000 4K read expect=bytes:0x66
touch shared 0x113000 4K read expect=bytes:0x55
touch shared 0x120000 4K read expect=exit:mmio
