gmemsim trace 1
# Three guests convert, a fourth one faults.
#
# class: hold-time
# measure: ops touch guest latency_ns
# scale: 20us 40us
# trend: 1.4 1.1
# With dynamic PAMT the first and the last 4K page of a 2M region cost a SEAMCALL under a lock that all VMs share.
# Faulty: every 4K page takes that lock; a guest in whose regions nothing changes waits for those that loop.
# Fixed: a count that does not leave or come to 0 changes without the lock.
title = "one guest's conversions slow all others"

[machine]
cpus = 8

[design]
kernel = hugetlb-plan

[tdx]
dynamic-pamt = yes

[vm victim]
type = tdx
memory = 2M
vcpus = 1
accepted = 0..64K

[vm td1]
type = tdx
memory = 2M
vcpus = 1
backing = 2M

[vm td2]
type = tdx
memory = 2M
vcpus = 1
backing = 2M

[vm td3]
type = tdx
memory = 2M
vcpus = 1
backing = 2M

[cost]
tdx_pamt_add = 20us
tdx_pamt_remove = 20us
tdx_page_aug = 5us

[task victim.vcpu0]
for i in 16..127 { touch private i*4K 4K write }
signal done

[task a1 kind=vmm vm=td1]
repeat until=done {
	prefault 0 len=4K
	convert shared 0 len=4K
	convert private 0 len=4K
}

[task a2 kind=vmm vm=td2]
repeat until=done {
	prefault 0 len=4K
	convert shared 0 len=4K
	convert private 0 len=4K
}

[task a3 kind=vmm vm=td3]
repeat until=done {
	prefault 0 len=4K
	convert shared 0 len=4K
	convert private 0 len=4K
}

[final]
never latency(victim.vcpu0) > 15us
