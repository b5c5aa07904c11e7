gmemsim trace 1
# A TD ends on the CPU on which another one gets memory.
#
# class: interleaving
# With dynamic PAMT a page of the S-EPT gives its reference back when it is freed, under a lock of the machine.
# Faulty (RFC v5): it is freed with the mirror's table, in the RCU callback, which runs in softirq; others take
# that lock with interrupts on, and are interrupted by who wants it.
# Fixed (v6): it is freed at once, for nobody can walk what was reclaimed.
title = "the PAMT's lock in softirq"

[machine]
cpus = 1
preempt = full
slice = 100us

[design]
kernel = hugetlb-plan

[tdx]
dynamic-pamt = yes

[vm td0]
type = tdx
memory = 2M
vcpus = 1
backing = 2M

[vm td1]
type = tdx
vcpus = 1
gmem ram size=64K
gmem filler size=4M
slot 0 gpa=0 len=64K gmem=ram

[cost]
tdx_page_reclaim = 5ms
tdx_pamt_add = 200us
tdx_pamt_remove = 100us

# the pages of td1's S-EPT come from a region in which nothing else is the module's
[task vmm0 kind=vmm vm=td0]
prefault 0 len=4K
punch 0 len=2M
prefault 4K len=4K
signal cached
wait ready
repeat until=ended {
	convert shared 4K len=4K
	convert private 4K len=4K
	prefault 4K len=4K
}

[task vmm1 kind=vmm vm=td1]
wait cached
allocate 0 len=4M gmem=filler
prefault 0 len=4K expect=ok
signal ready
destroy
signal ended
