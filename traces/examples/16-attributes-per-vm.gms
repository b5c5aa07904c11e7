gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# Mainline: private or shared is an attribute of the VM's address, not of the file.
#
# KVM_SET_MEMORY_ATTRIBUTES says what a guest fault at an address is; the memslot says where the
# memory comes from. Without the slot the attribute is still there: a private access then makes
# KVM_RUN return EFAULT with a memory-fault exit, and after the slot is back it succeeds. The bytes
# are those of the file, which did not notice.
#
# Look at: the exit's flags (8 is KVM_MEMORY_EXIT_FLAG_PRIVATE). In the in-place kernel the attribute
# goes with the file, so the same access would be plain MMIO.
title = "memory-fault exit while the memslot is away"
expect = none

[design]
kernel = mainline

[vm vm0]
type = sw-protected
memory = 4M
vcpus = 1

[task vmm]
attributes private 2M len=2M expect=ok
signal private
wait written
unbind slot=0
signal unbound
wait seen
bind slot=0 gpa=0 offset=0 len=4M
signal bound

[task vcpu0]
wait private
touch private 2M 4K write value=0x41 expect=ok
signal written
wait unbound
touch private 2M 4K read expect=exit:memory_fault(flags=8,gpa=2M,size=4K)
signal seen
wait bound
touch private 2M 4K read expect=bytes:0x41

[final]
exists mapped(vm0, 2M)
