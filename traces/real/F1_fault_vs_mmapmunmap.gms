gmemsim trace 1
# Imported by gmemsim from F1_fault_vs_mmapmunmap.txt.gz: 1987 events of 4 threads in 3.123 ms.
# name,op,count,pages,mean_ns,p50_ns,p99_ns,p999_ns,max_ns,net_mean_ns,net_p99_ns,net_max_ns
# F1_fault_vs_mmapmunmap,fault_w,200,200,13290,1816,396913,596704,596704,8910,90913,278035
# F1_fault_vs_mmapmunmap,zap,1,512,319510,319510,319510,319510,319510,319510,319510,319510
# F1_fault_vs_mmapmunmap,mmap,100,51200,15875,1393,616608,616608,616608,15875,616608,616608
# F1_fault_vs_mmapmunmap,munmap,100,51200,14847,8494,424964,424964,424964,14847,424964,424964
#
# Inferred: the file has 16384 KiB; it started as all pages written, none mapped in the process (as told).
# Task "prepare" makes it so before the recorded times, which are moved by 13ms.
# Merged: 0 faults that repeated the one before.  Dropped: 2 faults outside the
# file (stacks, code), 0 mmap_lock sections that belong to none, 0 mmap or munmap calls
# of unknown size, all threads but the program's.
#
# The real kernel's figures, from the events:
# real host fault: n=149 p50_us=1.0 max_us=580.0 total_us=2238.0
title = "Recorded: F1_fault_vs_mmapmunmap.txt.gz"

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
gmem ram size=16M

[task prepare kind=vmm vm=vm0]
access write 0 len=16M
advise dontneed 0 len=16M

[task g-flt0 kind=vmm vm=vm0 cpu=1]
at 13521us access write 0x1ff000 len=4K
for i in 0..174 { access write i*4K len=4K }

[task g-mmap1 kind=vmm vm=vm0 cpu=0]
at 13105us mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
munmap view
mmap 0 len=2M as=view
