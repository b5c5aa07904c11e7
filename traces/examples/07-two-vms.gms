gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# Two VMs, two files: a conversion in one does not hold up the other.
#
# The invalidate_lock belongs to the file, mmu_lock and the invalidation sequence to the VM. The
# vCPUs of 'quiet' fault at the same rate as those of 'busy', whose file is being converted.
#
# Look at: the stalls of busy.vcpu* against those of quiet.vcpu*.
title = "one VM converts, another one does not notice"
expect = none

[machine]
cpus = 8

[design]
kernel = inplace

[vm busy]
type = sw-protected
memory = 32M
init = shared
mmap = yes

[vm quiet]
type = sw-protected
memory = 32M
init = shared
mmap = yes

[cost]
include = debian-vm

[task busy.vcpu0..vcpu1]
barrier go
for page in 0..1023 {
	touch shared 16M+self*4M+page*4K 4K write
	run 2us
}

[task quiet.vcpu0..vcpu1]
barrier go
for page in 0..1023 {
	touch shared 16M+self*4M+page*4K 4K write
	run 2us
}

[task busy.vmm]
access write 0 len=16M
barrier go
after 100us convert private 0 len=16M expect=ok

[final]
exists private(busy, 0)
exists shared(quiet, 0)
never errors(any) > 0
never stall(quiet.vcpu0) > 1s
