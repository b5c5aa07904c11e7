gmemsim trace 1
# conformance: Z1 [T]
# kernels: inplace hugetlb-plan
# Four vCPUs write 512 pages while the host flips the whole range: conversions answer 0 or EAGAIN; vCPUs
# get memory-fault exits only.
title = "flip 2M under four vCPUs"

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
create f size=2M mmap=yes init=shared expect=ok
bind slot=0 gpa=0 offset=0 len=2M gmem=f expect=ok
barrier go
repeat 40 {
	sleep rand(20us,30us)
	convert private 0 len=2M gmem=f expect=ok|EAGAIN
	convert shared 0 len=2M gmem=f expect=ok
	punch rand(0,2M) len=4K gmem=f
}
signal done

[task vcpu0..vcpu3]
barrier go
repeat until=done {
	touch shared rand(0,2M) 4K write expect=ok|exit:memory_fault
}
