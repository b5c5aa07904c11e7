gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# Mainline: private or shared is an attribute of the VM's address, not of the file.
#
# KVM_SET_MEMORY_ATTRIBUTES changes what guest faults are allowed to be; private memory comes from
# the guest_memfd, shared memory from elsewhere. A guest that touches memory in the wrong way makes
# KVM_RUN return EFAULT with a memory-fault exit, and the VMM is expected to convert and run again.
#
# Look at: the exit's flags (8 is KVM_MEMORY_EXIT_FLAG_PRIVATE), and that the same touch succeeds
# after the VMM has set the attribute.
title = "memory-fault exit, attribute, and the same access again"
expect = none

[design]
kernel = mainline

[vm vm0]
type = sw-protected
memory = 4M
vcpus = 1

[task vcpu0]
touch private 2M 4K write expect=exit:memory_fault(flags=8,gpa=2M,size=4K)
signal exit
wait converted
touch private 2M 4K write expect=ok
touch private 2M 4K read expect=ok

[task vmm]
wait exit
attributes private 2M len=2M expect=ok
signal converted

[final]
exists mapped(vm0, 2M)
