gmemsim trace 1
# conformance: L5 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# The slot is deleted and made again meanwhile: prefaulting is tried again, and in the end it is done.
# (Mainline makes a slot visible before it is bound to the file; a fault that comes in between is EIO.)
title = "prefault against memslot updates"
[vm vm0]
memory = 256K
vcpus = 1

[task vmm0]
barrier go
repeat 20 {
	memslot-delete slot=0 again expect=ok
	run 5us
}
signal done

[task vmm1]
barrier go
repeat until=done {
	prefault 0 len=256K expect=ok|EAGAIN|ENOENT|EINTR|EIO@mainline
}
wait done
prefault 0 len=256K expect=ok,left=0
