gmemsim trace 1
# Imported by gmemsim from D3_guest_out_whole2M_mapped.txt.gz: 2525 events of 5 threads in 28.621 ms.
# name,op,count,pages,mean_ns,p50_ns,p99_ns,p999_ns,max_ns,net_mean_ns,net_p99_ns,net_max_ns
# D3_guest_out_whole2M_mapped,punch,1,512,21254061,21254061,21254061,21254061,21254061,20779061,20779061,20779061
# D3_guest_out_whole2M_mapped,gfault,320,320,85130,25060,1080861,1365504,1365504,85130,1080861,1365504
# D3_guest_out_whole2M_mapped,punch_total,1,512,21260463,21260463,21260463,21260463,21260463,20785463,20785463,20785463
# D3_guest_out_whole2M_mapped,gfault/during-punch,42,42,477158,398340,1365504,1365504,1365504,477158,1365504,1365504
# D3_guest_out_whole2M_mapped,gfault/outside-punch,278,278,25903,24900,65663,90655,90655,25903,65663,90655
#
# Inferred: the file has 65536 KiB; it started as all pages written and mapped in the process (as told).
# Task "prepare" makes it so before the recorded times, which are moved by 50ms.
# Guest addresses are less 0x100000000.
# Merged: 2 faults that repeated the one before.  Dropped: 8 faults outside the
# file (stacks, code), 0 mmap_lock sections that belong to none, 0 mmap or munmap calls
# of unknown size, all threads but the program's.
#
# The real kernel's figures, from the events:
# real punch call: n=1 p50_us=21250.0 max_us=21250.0 total_us=21250.0
# real invalidate lock held by punch: n=1 p50_us=21250.0 max_us=21250.0 total_us=21250.0
# real guest fault, exit to mapping: n=310 p50_us=2.0 max_us=832.0 total_us=2217.0
title = "Recorded: D3_guest_out_whole2M_mapped.txt.gz"

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
memory = 64M
vcpus = 1

[task prepare kind=vmm vm=vm0]
access write 0 len=64M

[task vcpu0 vm=vm0 cpu=0]
at 50158us for i in 0..63 { touch shared 33M+i*4K 4K write }
run 124us
for i in 0..63 { touch shared 0x2140000+i*4K 4K write }
run 103us
for i in 0..127 { touch shared 0x2180000+i*4K 4K write }
run 103us
for i in 0..53 { touch shared 34M+i*4K 4K write }

[task g-punch0 kind=vmm vm=vm0 cpu=1]
at 54230us punch 0 len=2M
