gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# Two VMs have the same memory: a second file of the first one's inode, as for a migration of a VM to a
# new process of the same host. (The object model has it; no released kernel has the call.)
#
# Whatever is done to a range is done to all files of the inode, one VM after the other, each under its own
# mmu_lock: conversion, hole punching and memory failure take the pages from both guests, although only one
# of the files is named. The pages, and what is private, belong to the inode.
#
# Look at: kvm->mmu_lock, taken for each VM; and that the second VM sees every change.
title = "one inode, two files, two VMs"
expect = none

[machine]
cpus = 4

[design]
kernel = inplace

[vm old]
type = sw-protected
vcpus = 1
init = shared
mmap = yes
gmem ram size=2M
slot 0 gpa=0 len=2M gmem=ram

[vm new]
type = sw-protected
memory = 0
vcpus = 1

[task new.vmm]
create new.twin size=2M link=old.ram expect=ok
bind slot=0 gpa=1G offset=0 len=1M gmem=new.twin expect=ok
bind slot=1 gpa=2G offset=1M len=1M gmem=new.twin expect=ok
barrier linked

[task old.vmm]
barrier linked
access write 0 len=2M value=0x11
barrier filled
barrier seen
convert private 0 len=64K expect=ok
expect never mapped(old, 0)
expect never mapped(new, 1G)
punch 1M len=64K expect=ok
expect never mapped(new, 2G)
barrier changed

[task old.vcpu0]
barrier filled
touch shared 0 2M read expect=bytes:0x11
barrier seen
barrier changed
touch private 0 64K read expect=bytes:0x11
touch shared 1M 64K read expect=bytes:0x00
barrier read
barrier written
touch private 0 64K read expect=bytes:0x22

[task new.vcpu0]
barrier filled
touch shared 1G 1M read expect=bytes:0x11
touch shared 2G 1M read expect=bytes:0x11
barrier seen
barrier changed
touch shared 2G 64K read expect=bytes:0x00
barrier read
touch private 1G 64K write value=0x22
barrier written
barrier failed
touch shared 0x80010000 4K read expect=EHWPOISON

[task kernel-mce]
barrier changed
memory-failure 0x110000 gmem=old.ram expect=EBUSY
barrier failed

[final]
exists private(new.twin, 0)
