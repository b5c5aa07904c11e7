gmemsim trace 1
# conformance: V8 [T]
# Two vCPUs and two slots over one file: each converts, fills and converts back its own area while the
# other does.
title = "two areas at a time"
[design]
kernel = mainline

[vm vm0]
type = sw-protected
memory = 0
vcpus = 2

[task vmm]
create f size=128K expect=ok
mmap 0 len=128K anon as=ram
bind slot=0 gpa=1G offset=0 len=64K gmem=f map=ram expect=ok
bind slot=1 gpa=0x40010000 offset=64K len=64K gmem=f map=ram expect=ok
access write 0 len=128K map=ram value=0x11
barrier go

[task vmm0]
barrier go
repeat 10 {
	barrier step0
	attributes private 0x40000000 len=32K expect=ok
	barrier step0
	barrier step0
	access read 0K len=32K map=ram expect=bytes:0x11
	attributes shared 0x40000000 len=32K expect=ok
	punch 0K len=32K gmem=f expect=ok
	barrier step0
}

[task vcpu0]
barrier go
repeat 10 {
	barrier step0
	barrier step0
	touch private 0x40000000 32K write value=0x20 expect=ok
	touch private 0x40000000 32K read expect=bytes:0x20
	touch shared 0x40008000 32K read expect=bytes:0x11
	barrier step0
	barrier step0
	touch shared 0x40000000 32K read expect=bytes:0x11
}

[task vmm1]
barrier go
repeat 10 {
	barrier step1
	attributes private 0x40010000 len=32K expect=ok
	barrier step1
	barrier step1
	access read 64K len=32K map=ram expect=bytes:0x11
	attributes shared 0x40010000 len=32K expect=ok
	punch 64K len=32K gmem=f expect=ok
	barrier step1
}

[task vcpu1]
barrier go
repeat 10 {
	barrier step1
	barrier step1
	touch private 0x40010000 32K write value=0x21 expect=ok
	touch private 0x40010000 32K read expect=bytes:0x21
	touch shared 0x40018000 32K read expect=bytes:0x11
	barrier step1
	barrier step1
	touch shared 0x40010000 32K read expect=bytes:0x11
}
