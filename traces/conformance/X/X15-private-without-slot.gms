gmemsim trace 1
# conformance: X15 [O]
# The attribute says private where there is no slot: a memory-fault exit, private.
title = "private where no slot is"
[design]
kernel = mainline

[vm vm0]
type = sw-protected
memory = 16K

[task vmm]
attributes private 0x100000 len=4K expect=ok
signal private

[task vcpu0]
wait private
touch private 0x100000 4K read expect=exit:memory_fault(flags=8,gpa=0x100000,size=4K)
touch shared 0x101000 4K read expect=exit:mmio
