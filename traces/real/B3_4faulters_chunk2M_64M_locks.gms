gmemsim trace 1
# Imported by gmemsim from B3_4faulters_chunk2M_64M_locks.txt.gz: 6198 events of 8 threads in 192.838 ms.
# name,op,count,pages,mean_ns,p50_ns,p99_ns,p999_ns,max_ns,net_mean_ns,net_p99_ns,net_max_ns
# B3_4faulters_chunk2M_64M_locks,fault_w,15986,15986,36493,2421,704377,6089366,25257446,10172,145469,7122543
# B3_4faulters_chunk2M_64M_locks,punch,32,16384,5383486,660701,32858872,32858872,32858872,3863767,18880604,18880604
# B3_4faulters_chunk2M_64M_locks,punch_total,1,16384,172345525,172345525,172345525,172345525,172345525,123714525,123714525,123714525
# B3_4faulters_chunk2M_64M_locks,fault_w/during-punch,9644,9644,58514,3063,1183889,8086827,25257446,15298,264071,7122543
# B3_4faulters_chunk2M_64M_locks,fault_w/outside-punch,6342,6342,3007,2224,4653,75272,3030001,2377,4647,229214
#
# Inferred: the file has 65536 KiB; it started as all pages written and mapped in the process (as told).
# Task "prepare" makes it so before the recorded times, which are moved by 50ms.
# Threads whose operations the events do not name do what the program was told to do
# (touch or pin pages, again and again), for as long as the others work.
# Merged: 0 faults that repeated the one before.  Dropped: 0 faults outside the
# file (stacks, code), 0 mmap_lock sections that belong to none, 0 mmap or munmap calls
# of unknown size, all threads but the program's.
#
# The real kernel's figures, from the events:
# real punch call: n=32 p50_us=660.0 max_us=32856.0 total_us=172229.0
# real invalidate lock held by punch: n=32 p50_us=660.0 max_us=32856.0 total_us=172229.0
title = "Recorded: B3_4faulters_chunk2M_64M_locks.txt.gz"

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

[task g-flt3 kind=vmm vm=vm0]
at 50005us repeat until=stop { access write rand(0,64M) len=4K }

[task g-punch4 kind=vmm vm=vm0]
at 60286us punch 0 len=2M
punch 2M len=2M
punch 4M len=2M
punch 6M len=2M
punch 8M len=2M
punch 10M len=2M
punch 12M len=2M
punch 14M len=2M
punch 16M len=2M
punch 18M len=2M
punch 20M len=2M
punch 22M len=2M
punch 24M len=2M
punch 26M len=2M
punch 28M len=2M
punch 30M len=2M
punch 32M len=2M
punch 34M len=2M
punch 36M len=2M
punch 38M len=2M
punch 40M len=2M
punch 42M len=2M
punch 44M len=2M
punch 46M len=2M
punch 48M len=2M
punch 50M len=2M
punch 52M len=2M
punch 54M len=2M
punch 56M len=2M
punch 58M len=2M
punch 60M len=2M
punch 62M len=2M
after 9360us signal stop

[task g-flt2 kind=vmm vm=vm0]
at 50005us repeat until=stop { access write rand(0,64M) len=4K }

[task g-flt0 kind=vmm vm=vm0]
at 50005us repeat until=stop { access write rand(0,64M) len=4K }

[task g-flt1 kind=vmm vm=vm0]
at 50005us repeat until=stop { access write rand(0,64M) len=4K }
