gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# 64 MiB are made private in one call while eight vCPUs fault elsewhere in the same file.
#
# In the in-place kernel both a conversion and a guest fault take the file's invalidate_lock:
# the conversion exclusively and for its whole range, the fault shared. So vCPUs that touch
# memory the conversion has nothing to do with stand still until it is done.
#
# Look at: the hold of mapping.invalidate_lock by 'convert', and the stall of every vCPU behind it.
# Then make the conversion in 2 MiB pieces (for piece in 0..31 { convert private piece*2M len=2M })
# and look again: no vCPU stands still for longer than one piece takes.
title = "64 MiB made private while 8 vCPUs fault in the other half of the file"
expect = none

[machine]
cpus = 10
preempt = lazy

[design]
kernel = inplace
locking = file

[vm vm0]
type = sw-protected
memory = 128M
vcpus = 8
init = shared
mmap = yes

[cost]
include = debian-vm

[task vcpu0..vcpu7]
# map the lower half, so that the conversion has leaves to zap
touch shared self*8M 8M write
barrier warm
# each vCPU works its way through 4 MiB of the upper half: one fault for each page
for page in 0..1023 {
	touch shared 64M+self*8M+page*4K 4K write
	run 2us
}

[task vmm]
# host page tables too: they are unmapped first
access write 0 len=64M
barrier warm
# let the vCPUs get going
after 200us convert private 0 len=64M expect=ok

[final]
exists private(vm0, 0)
exists shared(vm0, 64M)
never errors(any) > 0
