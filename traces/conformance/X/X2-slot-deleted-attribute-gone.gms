gmemsim trace 1
# conformance: X2 [T]
# kernels: inplace hugetlb-wip hugetlb-plan
# The file knows what is private. With the slot the attribute is gone, and a read is one of a device.
# (Of the exit's data only the kind is modelled.)
title = "in place: slot deleted"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 16K
init = private
mmap = yes

[task vmm]
wait warm
memslot-delete slot=0 expect=ok
signal gone

[task vcpu0]
touch private 4K 4K read expect=bytes:0
signal warm
wait gone
touch private 4K 4K read expect=exit:mmio
