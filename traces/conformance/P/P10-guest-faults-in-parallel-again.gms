gmemsim trace 1
# conformance: P10 [T]
# kernels: inplace hugetlb-plan
# engines: virtual
# The guest faults pages in while they are made private and shared again: 0 or EAGAIN and nothing else,
# and EAGAIN does come, from references that faults in flight hold. (On real threads that is a matter of
# luck.)
title = "convert against guest faults"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 0
vcpus = 4

[cost]
syscall = 2us
guest_exit = 1us
guest_enter = 1us
folio_zero = 1us
tdp_walk = 5us
spte_zap = 300ns
attr_store = 1us

[task vmm]
# nobody has it mapped: unmapping finds nothing, and does not wait for faults in flight
create f size=512K mmap=yes init=shared expect=ok
bind slot=0 gpa=0 offset=0 len=512K gmem=f expect=ok
barrier go
repeat 300 {
	sleep rand(20us,30us)
	convert private 0 len=512K gmem=f expect=ok|EAGAIN
	convert shared 0 len=512K gmem=f expect=ok
	punch rand(0,512K) len=4K gmem=f expect=ok
}
signal done

[task vcpu0..vcpu3]
barrier go
repeat until=done {
	touch shared rand(0,512K) 4K write expect=ok|exit:memory_fault
}

[final]
exists errors(vmm) > 0
