gmemsim trace 1
# conformance: Z5 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Slots are added, read and written, removed, and added elsewhere, 64 of them, several rounds.
title = "map, unmap, move and use many slots"
[vm vm0]
memory = 0
vcpus = 1

[task vmm]
create f size=1M mmap=yes init=shared expect=ok
mmap 0 len=1M gmem=f as=view
repeat 3 {
	for i in 0..63 {
		bind slot=i gpa=1G+i*16K offset=i*16K len=16K gmem=f expect=ok
	}
	access write 0 len=1M map=view value=0x11
	barrier step
	barrier step
	access read 0 len=1M map=view expect=bytes:0x22
	for i in 0..63 {
		unbind slot=i expect=ok
	}
	for i in 0..63 {
		bind slot=i gpa=2G+i*32K offset=i*16K len=16K gmem=f expect=ok
	}
	barrier step
	barrier step
	for i in 0..63 {
		unbind slot=i expect=ok
	}
}

[task vcpu0]
repeat 3 {
	barrier step
	touch shared 1G 1M read expect=bytes:0x11
	touch shared 1G 1M write value=0x22 expect=ok
	barrier step
	barrier step
	for i in 0..63 {
		touch shared 2G+i*32K 16K read expect=bytes:0x22
	}
	touch shared 0x80004000 4K read expect=exit:mmio
	barrier step
}
