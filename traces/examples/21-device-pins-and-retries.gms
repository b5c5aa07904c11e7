gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# Memory that devices use cannot become private. User space is told EAGAIN, and where; it asks its
# devices to let go, and tries again until it works.
#
# iommu-map pins the pages (VFIO), so that no unmapping can take them away. Each attempt of the converter
# has unmapped the range from the process by the time it finds the pins: the process faults its pages in
# again.
#
# Look at: for how long the guest, which uses other pages, had to wait behind attempts that failed.
title = "convert in a loop until the devices have let go"
expect = none

[machine]
cpus = 4

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 8M
vcpus = 1
init = shared
mmap = yes

[cost]
include = debian-vm

[task vmm0]
access write 0 len=2M value=0x41
iommu-map 0x40000 len=64K as=nic expect=ok,done=16
iommu-map 1M len=64K as=disk expect=ok,done=16
signal mapped
repeat 5 {
	convert private 0 len=2M expect=EAGAIN,error_offset=256K
	sleep 200us
}
signal asked
wait nic-stopped
iommu-unmap nic
repeat 3 {
	convert private 0 len=2M expect=EAGAIN,error_offset=1M
	sleep 200us
}
iommu-unmap disk
convert private 0 len=2M expect=ok
access read 0 len=4K expect=sigbus
iommu-map 0x40000 len=64K expect=EFAULT

[task device-nic]
wait mapped
repeat 20 {
	access write 0x40000 len=64K expect=ok
	sleep 50us
}
wait asked
signal nic-stopped

[task vcpu0]
wait mapped
repeat 100 {
	touch shared rand(4M,6M) 4K write
	run 20us
}

[final]
exists errors(vmm0) == 10
exists private(vm0, 0x40000)
never pinned(vm0, 0x40000)
