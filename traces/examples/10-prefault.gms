gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# Prefaulting guest memory, and what it saves.
#
# KVM_PRE_FAULT_MEMORY installs the leaves before the guest needs them. It stops at the end of a
# memslot; a call that got nowhere says ENOENT.
#
# Look at: the latency of the two 'touch' operations.
title = "touch with and without prefault"
expect = none

[design]
kernel = mainline

[vm vm0]
memory = 16M
vcpus = 1

[cost]
include = debian-vm

[task vmm]
prefault 0 len=8M expect=ok,left=0
prefault 16M len=4K expect=ENOENT
signal warm

[task vcpu0]
wait warm
touch shared 0 8M write
touch shared 8M 8M write

[final]
exists mapped(vm0, 0)
exists mapped(vm0, 0xfff000)
never errors(vcpu0) > 0
