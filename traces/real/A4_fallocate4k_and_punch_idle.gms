gmemsim trace 1
# Imported by gmemsim from A4_fallocate4k_and_punch_idle.txt.gz: 1070 events of 4 threads in 16.731 ms.
# name,op,count,pages,mean_ns,p50_ns,p99_ns,p999_ns,max_ns,net_mean_ns,net_p99_ns,net_max_ns
# A4_fallocate4k_and_punch_idle,punch,1,1024,511518,511518,511518,511518,511518,511518,511518,511518
# A4_fallocate4k_and_punch_idle,punch_total,1,1024,514788,514788,514788,514788,514788,514788,514788,514788
#
# Inferred: the file has 8192 KiB; it started as all pages written, none mapped in the process (as told).
# Task "prepare" makes it so before the recorded times, which are moved by 7ms.
# Merged: 0 faults that repeated the one before.  Dropped: 4 faults outside the
# file (stacks, code), 2 mmap_lock sections that belong to none, 0 mmap or munmap calls
# of unknown size, all threads but the program's.
#
# The real kernel's figures, from the events:
# real punch call: n=1 p50_us=510.0 max_us=510.0 total_us=510.0
# real invalidate lock held by punch: n=1 p50_us=510.0 max_us=510.0 total_us=510.0
title = "Recorded: A4_fallocate4k_and_punch_idle.txt.gz"

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
gmem ram size=8M

[task prepare kind=vmm vm=vm0]
access write 0 len=8M
advise dontneed 0 len=8M

[task g-punch0 kind=vmm vm=vm0 cpu=1]
at 17356us punch 0 len=4M
