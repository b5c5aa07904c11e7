gmemsim trace 1
# conformance: X9 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# The slot with the code that a vCPU executes is deleted: it stops for good.
title = "the slot with the code deleted"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
wait running
memslot-delete slot=0 expect=ok
signal gone

[task vcpu0]
touch shared 0 4K exec expect=ok
signal running
wait gone
touch shared 0 4K exec expect=exit:internal_error|exit:shutdown
