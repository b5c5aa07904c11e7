gmemsim trace 1
# Imported by gmemsim from A2_fault_alloc_uncontended.txt.gz: 11293 events of 2 threads in 6.092 ms.
# name,op,count,pages,mean_ns,p50_ns,p99_ns,p999_ns,max_ns,net_mean_ns,net_p99_ns,net_max_ns
# A2_fault_alloc_uncontended,fault_w,2257,2257,2688,2470,4441,50293,125187,2688,4441,125187
#
# Inferred: the file has 65536 KiB; it started as an empty file (as told).
# Merged: 0 faults that repeated the one before.  Dropped: 1 faults outside the
# file (stacks, code), 0 mmap_lock sections that belong to none, 0 mmap or munmap calls
# of unknown size, all threads but the program's.
#
# The real kernel's figures, from the events:
# real host fault: n=2257 p50_us=2.0 max_us=51.0 total_us=4654.0
title = "Recorded: A2_fault_alloc_uncontended.txt.gz"

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

[task g-flt0 kind=vmm vm=vm0 cpu=0]
at 38us for i in 0..2256 { access write i*4K len=4K }
