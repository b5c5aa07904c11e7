gmemsim trace 1
# conformance: X3 [T]
# The attribute says private, the slot has no file: a memory-fault exit, private, of that page.
title = "private, but no file"
[design]
kernel = mainline

[vm vm0]
type = sw-protected
memory = 16K

[task vmm]
mmap 0 len=16K anon as=ram expect=ok
bind slot=1 gpa=1M offset=0 len=16K fd=none map=ram expect=ok
signal bound
wait shared
attributes private 0x100000 len=16K expect=ok
signal private

[task vcpu0]
wait bound
touch shared 0x101000 4K read expect=bytes:0
signal shared
wait private
touch private 0x101000 4K read expect=exit:memory_fault(flags=8,gpa=0x101000,size=4K)
