gmemsim trace 1
# conformance: D18 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# With vCPUs running, the slot is deleted and the same one added, again and again. (Mainline makes a
# slot visible before it is bound to the file; a fault that comes in between is EIO.)
title = "the same slot comes back"
[vm vm0]
memory = 64K
vcpus = 2

[task vmm]
barrier go
repeat 50 {
	memslot-delete slot=0 again expect=ok
}
signal done

[task vcpu0..vcpu1]
barrier go
repeat until=done {
	touch shared rand(0,64K) 4K write expect=ok|exit:mmio|EIO@mainline
}
wait done
touch shared 0 64K read expect=ok
