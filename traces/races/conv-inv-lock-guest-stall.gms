gmemsim trace 1
# vCPUs fault on other pages of the file while a part of it is converted.
#
# class: hold-time
# faulty: kernel=inplace
# fixed: kernel=mainline
# measure: ops touch guest latency_ns
# scale: 64M 128M
# trend: 1.7 1.1
# The conversion holds the file's invalidate lock for all of its pages, and each guest fault on the file
# wants it shared: the vCPU waits for the whole conversion although its page is elsewhere.  No kernel has
# a fix; ranges and chunks are ideas of the list.  Compared here with the kernel whose faults take no
# invalidate lock: there the same change is an ioctl of the VM, whose array no fault waits for.
title = "guest faults behind a conversion"

[machine]
cpus = 3

[vm vm0]
type = sw-protected
memory = 160M
mmap = no
vcpus = 2

[cost]
arch_invalidate = 200ns
mem_attr_page = 100ns
refcount_check = 50ns
filemap_lookup = 100ns

# each kernel has one of these, the other is ENOTTY
[task vmm0]
allocate 0 len=128M
attributes private 0 len=160M
at 100ms convert shared 0 len=64M expect=ok|ENOTTY
attributes shared 0 len=64M expect=ok|ENOTTY

[task vcpu0]
at 101ms touch private 140M 64K write

[task vcpu1]
at 101ms touch private 150M 64K write

[final]
never latency(guest) > 2ms
