gmemsim trace 1
# conformance: X8 [T]
# kernels: mainline inplace
# A vCPU reads a page whose slot is deleted and made again: it sees the old byte, a device where no slot
# is, and zeroes when the slot comes back over fresh memory. (Moving a slot is a case of group D.)
title = "a slot goes and comes back"

[design]
kernel = mainline

[machine]
cpus = 2

[vm vm0]
memory = 16K

[task vmm]
mmap 0 len=16K anon as=ram1
mmap 0 len=16K anon as=ram2
bind slot=1 gpa=1M offset=0 len=16K fd=none map=ram1 expect=ok
signal there
wait written
memslot-delete slot=1 expect=ok
signal gone
wait missed
bind slot=1 gpa=1M offset=0 len=16K fd=none map=ram2 expect=ok
signal back
at 500us signal done

[task vcpu0]
wait there
touch shared 1M 4K write value=7 expect=ok
signal written
repeat until=gone {
	touch shared 1M 4K read expect=bytes:7|exit:mmio
}
touch shared 1M 4K read expect=exit:mmio
signal missed
wait back
touch shared 1M 4K read expect=bytes:0
