gmemsim trace 1
# Imported by gmemsim from G1_vmsplice_pin_whole16M.txt.gz: 7087 events of 5 threads in 32.276 ms.
# name,op,count,pages,mean_ns,p50_ns,p99_ns,p999_ns,max_ns,net_mean_ns,net_p99_ns,net_max_ns
# G1_vmsplice_pin_whole16M,punch,1,4096,27099238,27099238,27099238,27099238,27099238,21721238,21721238,21721238
# G1_vmsplice_pin_whole16M,pin,3441,55056,2401,699,18341,142121,1547371,1638,18332,142121
# G1_vmsplice_pin_whole16M,punch_total,1,4096,27104659,27104659,27104659,27104659,27104659,21726659,21726659,21726659
# G1_vmsplice_pin_whole16M,pin/during-punch,2480,2480,3056,799,18621,375929,1547371,1997,18615,142121
# G1_vmsplice_pin_whole16M,pin/outside-punch,961,961,712,620,2296,10273,10273,712,2296,10273
#
# Inferred: the file has 18432 KiB; it started as all pages written and mapped in the process (as told).
# Task "prepare" makes it so before the recorded times, which are moved by 14ms.
# Threads whose operations the events do not name do what the program was told to do
# (touch or pin pages, again and again), for as long as the others work.
# Merged: 0 faults that repeated the one before.  Dropped: 0 faults outside the
# file (stacks, code), 19 mmap_lock sections that belong to none, 0 mmap or munmap calls
# of unknown size, all threads but the program's.
#
# The real kernel's figures, from the events:
# real punch call: n=1 p50_us=27095.0 max_us=27095.0 total_us=27095.0
# real invalidate lock held by punch: n=1 p50_us=27095.0 max_us=27095.0 total_us=27095.0
title = "Recorded: G1_vmsplice_pin_whole16M.txt.gz"

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
gmem ram size=18M

[task prepare kind=vmm vm=vm0]
access write 0 len=18M

[task g-pin1 kind=vmm vm=vm0 cpu=0]
at 14177us repeat until=stop {
	pin rand(0,0x11f1000) len=64K as=pages
	unpin pages
}

[task g-punch0 kind=vmm vm=vm0 cpu=1]
at 16969us punch 0 len=16M
after 1186us signal stop
