gmemsim trace 1
# conformance: X1 [T]
# The VM knows what is private. A vCPU reads a private page whose slot is deleted: a memory-fault exit,
# private, of that page.
title = "private page, slot deleted"
[design]
kernel = mainline

[vm vm0]
type = sw-protected
memory = 16K

[task vmm]
attributes private 0 len=16K expect=ok
signal go
wait warm
memslot-delete slot=0 expect=ok
signal gone

[task vcpu0]
wait go
touch private 4K 4K read expect=bytes:0
signal warm
wait gone
touch private 4K 4K read expect=exit:memory_fault(flags=8,gpa=4K,size=4K)
