gmemsim trace 1
# Imported by gmemsim from D2_guest_in_whole2M_mapped.txt.gz: 5326 events of 5 threads in 32.189 ms.
# name,op,count,pages,mean_ns,p50_ns,p99_ns,p999_ns,max_ns,net_mean_ns,net_p99_ns,net_max_ns
# D2_guest_in_whole2M_mapped,punch,1,512,16461651,16461651,16461651,16461651,16461651,16461651,16461651,16461651
# D2_guest_in_whole2M_mapped,gfault,355,355,67158,25108,139473,16406351,16406351,64316,139473,15397351
# D2_guest_in_whole2M_mapped,punch_total,1,512,16469451,16469451,16469451,16469451,16469451,16469451,16469451,16469451
# D2_guest_in_whole2M_mapped,gfault/during-punch,1,1,16406351,16406351,16406351,16406351,16406351,15397351,15397351,15397351
# D2_guest_in_whole2M_mapped,gfault/outside-punch,354,354,21002,25108,136737,195888,195888,21002,136737,195888
#
# Inferred: the file has 4096 KiB; it started as all pages written and mapped in the process (as told).
# Task "prepare" makes it so before the recorded times, which are moved by 4ms.
# Guest addresses are less 0x100000000.
# Merged: 20 faults that repeated the one before.  Dropped: 210 faults outside the
# file (stacks, code), 0 mmap_lock sections that belong to none, 0 mmap or munmap calls
# of unknown size, all threads but the program's.
#
# The real kernel's figures, from the events:
# real punch call: n=1 p50_us=16455.0 max_us=16455.0 total_us=16455.0
# real invalidate lock held by punch: n=1 p50_us=16455.0 max_us=16455.0 total_us=16455.0
# real guest fault, exit to mapping: n=231 p50_us=2.0 max_us=16369.0 total_us=16927.0
title = "Recorded: D2_guest_in_whole2M_mapped.txt.gz"

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
memory = 4M
vcpus = 1

[task prepare kind=vmm vm=vm0]
access write 0 len=4M

[task vcpu0 vm=vm0 cpu=0]
at 4127us touch shared 0xc1000 4K write
touch shared 0x114000 4K write
touch shared 0x10a000 4K write
touch shared 0x74000 4K write
touch shared 0xbe000 4K write
touch shared 0xdb000 4K write
touch shared 0x19a000 4K write
touch shared 0x165000 4K write
touch shared 0x11f000 4K write
touch shared 0x1c8000 4K write
touch shared 0x57000 4K write
touch shared 0x1eb000 4K write
touch shared 0x1a4000 4K write
touch shared 0x66000 4K write
touch shared 0x132000 4K write
touch shared 0x1a8000 4K write
touch shared 0x9b000 4K write
touch shared 0x106000 4K write
touch shared 0x1d0000 4K write
touch shared 0x18b000 4K write
touch shared 0x1bb000 4K write
touch shared 0xb5000 4K write
touch shared 0x40000 4K write
touch shared 0x1f8000 4K write
touch shared 0x6b000 4K write
touch shared 0x82000 4K write
touch shared 0x1f3000 4K write
touch shared 0x124000 4K write
touch shared 0x14e000 4K write
touch shared 0xcc000 4K write
touch shared 0x95000 4K write
touch shared 0x195000 4K write
touch shared 0xa2000 4K write
touch shared 0x156000 4K write
touch shared 0x1c2000 4K write
run 121us
touch shared 0x141000 4K write
touch shared 0x49000 4K write
touch shared 0xd5000 4K write
touch shared 0x15d000 4K write
touch shared 0x1e3000 4K write
touch shared 0x1d8000 4K write
touch shared 0xef000 4K write
touch shared 0x5a000 4K write
touch shared 0x170000 4K write
touch shared 0x7b000 4K write
touch shared 0x17f000 4K write
touch shared 0xaf000 4K write
touch shared 0x13c000 4K write
run 111us
touch shared 0x1b7000 4K write
touch shared 0x12d000 4K write
touch shared 0x8b000 4K write
touch shared 0x185000 4K write
touch shared 0x16a000 4K write
touch shared 0xe5000 4K write
run 225us
touch shared 0xf7000 4K write
touch shared 0xff000 4K write
run 8286us
touch shared 0x166000 4K write
touch shared 0x54000 4K write
touch shared 0x1d0000 4K write
touch shared 0x103000 4K write
touch shared 0x5000 4K write
touch shared 0x91000 4K write
touch shared 0x30000 4K write
touch shared 0x114000 4K write
touch shared 0x12e000 4K write
touch shared 0x50000 4K write
touch shared 0x34000 4K write
touch shared 0xf8000 4K write
touch shared 0x1a1000 4K write
touch shared 0x1e000 4K write
touch shared 0x86000 4K write
touch shared 0x167000 4K write
touch shared 0x41000 4K write
touch shared 0x29000 4K write
touch shared 0x9000 4K write
touch shared 0x121000 4K write
touch shared 0x1eb000 4K write
touch shared 0x124000 4K write
touch shared 0x2a000 4K write
touch shared 0x46000 4K write
touch shared 0x11a000 4K write
touch shared 0x184000 4K write
touch shared 0x11b000 4K write
touch shared 0x141000 4K write
touch shared 0x177000 4K write
touch shared 0xc1000 4K write
run 137us
touch shared 0xc0000 4K write
touch shared 0x55000 4K write
touch shared 0x101000 4K write
touch shared 0xf000 4K write
touch shared 0x123000 4K write
touch shared 0x155000 4K write
touch shared 0x14f000 4K write
touch shared 0x99000 4K write
touch shared 0xd4000 4K write
touch shared 0x31000 4K write
touch shared 0x191000 4K write
touch shared 0x112000 4K write
touch shared 0x178000 4K write
touch shared 0x172000 4K write
touch shared 0x48000 4K write
touch shared 0xac000 4K write
touch shared 0x11000 4K write
touch shared 0x131000 4K write
touch shared 0x16b000 4K write
touch shared 0x1fd000 4K write
touch shared 0x1ee000 4K write
touch shared 0x17d000 4K write
touch shared 0xdb000 4K write
touch shared 0x92000 4K write
touch shared 0x5b000 4K write
touch shared 0x6f000 4K write
touch shared 0x1bf000 4K write
touch shared 0xb4000 4K write
touch shared 0xad000 4K write
touch shared 0x1ec000 4K write
touch shared 0x13b000 4K write
touch shared 0x15000 4K write
touch shared 0x19000 4K write
run 122us
touch shared 0xbd000 4K write
touch shared 0x59000 4K write
run 133us
touch shared 0x2b000 4K write
touch shared 0x27000 4K write
touch shared 0x47000 4K write
touch shared 0x147000 4K write
touch shared 0x179000 4K write
touch shared 0x8f000 4K write
touch shared 0x15e000 4K write
touch shared 0x8000 4K write
touch shared 0x16c000 4K write
touch shared 0x126000 4K write
touch shared 0x18c000 4K write
touch shared 0x5f000 4K write
touch shared 0x65000 4K write
touch shared 0xf1000 4K write
touch shared 0x19c000 4K write
touch shared 0x1ab000 4K write
touch shared 0x130000 4K write
touch shared 0x7e000 4K write
touch shared 0x2e000 4K write
touch shared 0x17c000 4K write
touch shared 0x4a000 4K write
touch shared 0x32000 4K write
touch shared 0x6a000 4K write
touch shared 0x2c000 4K write
touch shared 0x40000 4K write
touch shared 0x111000 4K write
touch shared 0x1b000 4K write
touch shared 0x63000 4K write
touch shared 0x1ef000 4K write
touch shared 0x12c000 4K write
touch shared 0x192000 4K write
touch shared 0x39000 4K write
touch shared 0x199000 4K write
touch shared 0x17e000 4K write
touch shared 0xd8000 4K write
touch shared 0x1d1000 4K write
touch shared 0xae000 4K write
touch shared 0x3b000 4K write
run 114us
touch shared 0x13000 4K write
touch shared 0xc000 4K write
touch shared 0xc8000 4K write
touch shared 0x127000 4K write
touch shared 0x61000 4K write
touch shared 0x35000 4K write
touch shared 0x169000 4K write
touch shared 0x1a5000 4K write
touch shared 0x3e000 4K write
touch shared 0x8e000 4K write
touch shared 0x6b000 4K write
run 104us
touch shared 0xe5000 4K write
touch shared 0xf4000 4K write
touch shared 0x1dd000 4K write
touch shared 0xbe000 4K write
touch shared 0x97000 4K write
touch shared 0x17a000 4K write
touch shared 0x134000 4K write
touch shared 0x10a000 4K write
touch shared 0x1c0000 4K write
touch shared 0xe7000 4K write
touch shared 0x1fa000 4K write
touch shared 0x8d000 4K write
touch shared 0xe4000 4K write
touch shared 0x1d2000 4K write
touch shared 0x1c5000 4K write
touch shared 0xc6000 4K write
touch shared 0x19b000 4K write
touch shared 0x174000 4K write
touch shared 0x5c000 4K write
touch shared 0x4c000 4K write
touch shared 0xcc000 4K write
touch shared 0xcd000 4K write
touch shared 0x9c000 4K write
touch shared 0xf5000 4K write
touch shared 0x80000 4K write
touch shared 0x95000 4K write
touch shared 0x1c000 4K write
touch shared 0x2d000 4K write
touch shared 0xd5000 4K write
touch shared 0x44000 4K write
touch shared 0x161000 4K write
touch shared 0x117000 4K write
touch shared 0x15d000 4K write
touch shared 0x159000 4K write
touch shared 0x10b000 4K write
touch shared 0xfc000 4K write
touch shared 0x1b9000 4K write
touch shared 0x122000 4K write
touch shared 0x1dc000 4K write
touch shared 0x19f000 4K write
touch shared 0x84000 4K write
touch shared 0x1c9000 4K write
touch shared 0x129000 4K write
touch shared 0x1ad000 4K write
touch shared 0x6000 4K write
run 105us
touch shared 0x1da000 4K write
touch shared 0x19e000 4K write
touch shared 0x139000 4K write
touch shared 0x7b000 4K write
touch shared 0xa5000 4K write
touch shared 0x15c000 4K write
touch shared 0x13a000 4K write
touch shared 0x58000 4K write
touch shared 0xd000 4K write
touch shared 0x69000 4K write
touch shared 0x6d000 4K write
touch shared 0x1b1000 4K write
touch shared 0x1d6000 4K write
touch shared 0x1d9000 4K write
touch shared 0x14e000 4K write
touch shared 0x120000 4K write

[task g-punch0 kind=vmm vm=vm0 cpu=1]
at 14415us punch 0 len=2M
