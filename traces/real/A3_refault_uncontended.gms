gmemsim trace 1
# Imported by gmemsim from A3_refault_uncontended.txt.gz: 10666 events of 3 threads in 4.113 ms.
# name,op,count,pages,mean_ns,p50_ns,p99_ns,p999_ns,max_ns,net_mean_ns,net_p99_ns,net_max_ns
# A3_refault_uncontended,fault_w,2665,2665,1452,1283,2652,11703,65724,1452,2652,65724
#
# Inferred: the file has 65536 KiB; it started as all pages written, none mapped in the process (as told).
# Task "prepare" makes it so before the recorded times, which are moved by 50ms.
# Merged: 0 faults that repeated the one before.  Dropped: 1 faults outside the
# file (stacks, code), 0 mmap_lock sections that belong to none, 0 mmap or munmap calls
# of unknown size, all threads but the program's.
#
# The real kernel's figures, from the events:
# real host fault: n=1665 p50_us=1.0 max_us=59.0 total_us=1783.0
title = "Recorded: A3_refault_uncontended.txt.gz"

[machine]
cpus = 2
preempt = none

[design]
kernel = mainline
locking = file

[cost]
include = debian-vm

[vm vm0]
type = default
gmem ram size=64M

[task prepare kind=vmm vm=vm0]
access write 0 len=64M
advise dontneed 0 len=64M

[task g-flt0 kind=vmm vm=vm0 cpu=0]
at 50172us for i in 0..2664 { access write i*4K len=4K }
