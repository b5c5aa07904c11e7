gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# Deleting a memslot waits for vCPUs that wait for the invalidate_lock.
#
# A vCPU handles its fault inside an SRCU read section. If the fault stands behind a conversion, so
# does synchronize_srcu() of the slot update, which holds slots_lock: the whole VM's slots are
# frozen until the conversion of an unrelated range is done.
#
# Look at: how long 'memslot-delete' takes, and who is in the chain behind the conversion.
title = "memslot deletion behind SRCU behind a conversion"
expect = none

[machine]
cpus = 6

[design]
kernel = inplace

[vm vm0]
type = sw-protected
vcpus = 2
init = shared
mmap = yes
gmem ram size=32M
gmem extra size=2M
slot 0 gpa=0 len=32M gmem=ram
slot 1 gpa=4G len=2M gmem=extra

[cost]
include = debian-vm

[task vcpu0..vcpu1]
barrier go
for page in 0..1023 {
	touch shared 16M+self*8M+page*4K 4K write
	run 1us
}

[task vmm0]
access write 0 len=16M gmem=ram
barrier go
after 50us convert private 0 len=16M gmem=ram expect=ok

[task vmm1]
barrier go
after 200us memslot-delete slot=1 again expect=ok

[final]
never errors(any) > 0
