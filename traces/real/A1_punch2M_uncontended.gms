gmemsim trace 1
# Imported by gmemsim from A1_punch2M_uncontended.txt.gz: 1583 events of 4 threads in 16.905 ms.
# name,op,count,pages,mean_ns,p50_ns,p99_ns,p999_ns,max_ns,net_mean_ns,net_p99_ns,net_max_ns
# A1_punch2M_uncontended,punch,1,512,992756,992756,992756,992756,992756,992756,992756,992756
# A1_punch2M_uncontended,punch_total,1,512,999259,999259,999259,999259,999259,999259,999259,999259
#
# Inferred: the file has 4096 KiB; it started as all pages written and mapped in the process (as told).
# Task "prepare" makes it so before the recorded times, which are moved by 4ms.
# Merged: 0 faults that repeated the one before.  Dropped: 3 faults outside the
# file (stacks, code), 2 mmap_lock sections that belong to none, 0 mmap or munmap calls
# of unknown size, all threads but the program's.
#
# The real kernel's figures, from the events:
# real punch call: n=1 p50_us=989.0 max_us=989.0 total_us=989.0
# real invalidate lock held by punch: n=1 p50_us=989.0 max_us=989.0 total_us=989.0
title = "Recorded: A1_punch2M_uncontended.txt.gz"

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
gmem ram size=4M

[task prepare kind=vmm vm=vm0]
access write 0 len=4M

[task g-punch0 kind=vmm vm=vm0 cpu=1]
at 14320us punch 0 len=2M
