gmemsim trace 1
# Imported by gmemsim from B1_4faulters_whole2M_detail.txt.gz: 11368 events of 8 threads in 39.406 ms.
# name,op,count,pages,mean_ns,p50_ns,p99_ns,p999_ns,max_ns,net_mean_ns,net_p99_ns,net_max_ns
# B1_4faulters_whole2M_detail,fault_w,1081,1081,134523,13873,4117193,13874181,14547478,98671,3996885,12037181
# B1_4faulters_whole2M_detail,punch,1,512,33829059,33829059,33829059,33829059,33829059,13755059,13755059,13755059
# B1_4faulters_whole2M_detail,punch_total,1,512,33839547,33839547,33839547,33839547,33839547,13765547,13765547,13765547
# B1_4faulters_whole2M_detail,fault_w/during-punch,911,911,159129,15609,4298607,14547478,14547478,116587,4024564,12037181
# B1_4faulters_whole2M_detail,fault_w/outside-punch,170,170,2662,2119,19854,53233,53233,2662,19854,53233
#
# Inferred: the file has 2048 KiB; it started as all pages written and mapped in the process (as told).
# Task "prepare" makes it so before the recorded times, which are moved by 2ms.
# Threads whose operations the events do not name do what the program was told to do
# (touch or pin pages, again and again), for as long as the others work.
# Merged: 0 faults that repeated the one before.  Dropped: 8 faults outside the
# file (stacks, code), 2 mmap_lock sections that belong to none, 0 mmap or munmap calls
# of unknown size, all threads but the program's.
#
# The real kernel's figures, from the events:
# real punch call: n=1 p50_us=33823.0 max_us=33823.0 total_us=33823.0
# real invalidate lock held by punch: n=1 p50_us=33823.0 max_us=33823.0 total_us=33823.0
# real host fault: n=1045 p50_us=13.0 max_us=12554.0 total_us=118533.0
title = "Recorded: B1_4faulters_whole2M_detail.txt.gz"

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
gmem ram size=2M

[task prepare kind=vmm vm=vm0]
access write 0 len=2M

[task g-flt0 kind=vmm vm=vm0 cpu=0]
at 2027us repeat until=stop { access write rand(0,2M) len=4K }

[task g-punch4 kind=vmm vm=vm0 cpu=1]
at 6332us punch 0 len=2M
after 1237us signal stop

[task g-flt3 kind=vmm vm=vm0 cpu=0]
at 2027us repeat until=stop { access write rand(0,2M) len=4K }

[task g-flt2 kind=vmm vm=vm0 cpu=0]
at 2027us repeat until=stop { access write rand(0,2M) len=4K }

[task g-flt1 kind=vmm vm=vm0 cpu=0]
at 2027us repeat until=stop { access write rand(0,2M) len=4K }
