gmemsim trace 1
# Imported by gmemsim from B2_4faulters_whole32M_locks.txt.gz: 19860 events of 8 threads in 639.800 ms.
# name,op,count,pages,mean_ns,p50_ns,p99_ns,p999_ns,max_ns,net_mean_ns,net_p99_ns,net_max_ns
# B2_4faulters_whole32M_locks,fault_w,23572,23572,64949,3835,1661756,4968960,16739347,17155,246055,7975347
# B2_4faulters_whole32M_locks,punch,1,8192,619792521,619792521,619792521,619792521,619792521,287220521,287220521,287220521
# B2_4faulters_whole32M_locks,punch_total,1,8192,619800491,619800491,619800491,619800491,619800491,287228491,287228491,287228491
# B2_4faulters_whole32M_locks,fault_w/during-punch,23280,23280,65418,4150,1684692,4968960,16739347,17327,248093,7975347
# B2_4faulters_whole32M_locks,fault_w/outside-punch,292,292,27582,731,1133577,2617604,2617604,3452,68211,190898
#
# Inferred: the file has 32768 KiB; it started as all pages written and mapped in the process (as told).
# Task "prepare" makes it so before the recorded times, which are moved by 25ms.
# Threads whose operations the events do not name do what the program was told to do
# (touch or pin pages, again and again), for as long as the others work.
# Merged: 0 faults that repeated the one before.  Dropped: 0 faults outside the
# file (stacks, code), 0 mmap_lock sections that belong to none, 0 mmap or munmap calls
# of unknown size, all threads but the program's.
#
# The real kernel's figures, from the events:
# real punch call: n=1 p50_us=619787.0 max_us=619787.0 total_us=619787.0
# real invalidate lock held by punch: n=1 p50_us=619787.0 max_us=619787.0 total_us=619787.0
title = "Recorded: B2_4faulters_whole32M_locks.txt.gz"

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
gmem ram size=32M

[task prepare kind=vmm vm=vm0]
access write 0 len=32M

[task g-flt2 kind=vmm vm=vm0]
at 29954us repeat until=stop { access write rand(0,32M) len=4K }

[task g-flt0 kind=vmm vm=vm0]
at 29954us repeat until=stop { access write rand(0,32M) len=4K }

[task g-flt3 kind=vmm vm=vm0]
at 29954us repeat until=stop { access write rand(0,32M) len=4K }

[task g-punch4 kind=vmm vm=vm0]
at 39101us punch 0 len=32M
after 5299us signal stop

[task g-flt1 kind=vmm vm=vm0]
at 29954us repeat until=stop { access write rand(0,32M) len=4K }
