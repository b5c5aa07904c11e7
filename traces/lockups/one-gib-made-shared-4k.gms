gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# The question gmemsim was born from, on 4K folios: 1 GiB that the guest has filled is made shared
# in one call while every vCPU faults in the other GiB of the same file.
#
# Look at: who waits for mapping.invalidate_lock, and which step makes up the hold. The costs are
# those of software-protected VMs, where a leaf is cleared with one store; removing a page from a TD
# takes several calls of the TDX module.
title = "1 GiB private made shared in one call while 8 vCPUs fault elsewhere, 4K folios"
expect = none

[machine]
cpus = 10
preempt = lazy

[design]
kernel = inplace
locking = file

[vm vm0]
type = sw-protected
memory = 2G
vcpus = 8
init = private
mmap = yes

[cost]
include = debian-vm

[task vcpu0..vcpu7]
touch private self*128M 128M write
barrier warm
repeat 20000 { touch private rand(1G,2G) 4K write }

[task vmm]
barrier warm
after 200us convert shared 0 len=1G expect=ok

[final]
exists shared(vm0, 0)
