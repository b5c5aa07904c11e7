gmemsim trace 1
# conformance: E28 [T]
# kernels: inplace hugetlb-wip hugetlb-plan
# Four threads convert areas of their own at the same time, back and forth. SIGBUS comes to who reads
# private memory, and to nobody else.
title = "threads with areas of their own"

[design]
kernel = inplace

[machine]
cpus = 4

[vm vm0]
type = sw-protected
memory = 64K
init = shared
mmap = yes

[task vmm0..vmm3]
repeat 10 {
	access write 16K*self len=16K value=2 expect=ok
	convert private 16K*self len=16K expect=ok
	access read 16K*self len=16K expect=sigbus,done=0
	convert shared 16K*self len=16K expect=ok
	access read 16K*self len=16K expect=bytes:2
}

[final]
never errors(vmm0) > 10
never errors(vmm3) > 10
