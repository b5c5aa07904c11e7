gmemsim trace 1
# Imported by gmemsim from C1_4falloc_whole256M.txt.gz: 1264 events of 8 threads in 87.862 ms.
# name,op,count,pages,mean_ns,p50_ns,p99_ns,p999_ns,max_ns,net_mean_ns,net_p99_ns,net_max_ns
# C1_4falloc_whole256M,punch,1,65536,72152440,72152440,72152440,72152440,72152440,70629440,70629440,70629440
# C1_4falloc_whole256M,falloc,224,224,1193258,1217,66750217,66772854,66772854,1093566,61130217,61287854
# C1_4falloc_whole256M,punch_total,1,65536,72155247,72155247,72155247,72155247,72155247,70632247,70632247,70632247
# C1_4falloc_whole256M,falloc/during-punch,4,4,66752610,66759739,66772854,66772854,66772854,61169860,61287854,61287854
# C1_4falloc_whole256M,falloc/outside-punch,220,220,1270,1213,2629,6603,6603,1270,2629,6603
#
# Inferred: the file has 327680 KiB; it started as all pages written and mapped in the process (as told).
# Task "prepare" makes it so before the recorded times, which are moved by 246ms.
# Merged: 0 faults that repeated the one before.  Dropped: 0 faults outside the
# file (stacks, code), 0 mmap_lock sections that belong to none, 0 mmap or munmap calls
# of unknown size, all threads but the program's.
#
# The real kernel's figures, from the events:
# real punch call: n=1 p50_us=72100.0 max_us=72100.0 total_us=72100.0
# real invalidate lock held by punch: n=1 p50_us=72100.0 max_us=72100.0 total_us=72100.0
# real invalidate lock read wait: n=4 p50_us=66756.0 max_us=66766.0 total_us=266989.0
# real allocate call: n=224 p50_us=1.0 max_us=66770.0 total_us=267219.0
title = "Recorded: C1_4falloc_whole256M.txt.gz"

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
gmem ram size=320M

[task prepare kind=vmm vm=vm0]
access write 0 len=320M

[task g-alloc1 kind=vmm vm=vm0 cpu=0]
at 246039us allocate 0x10ac1000 len=4K
after 274us allocate 0x10f14000 len=4K
after 273us allocate 0x13f0a000 len=4K
after 274us allocate 0x13274000 len=4K
after 274us allocate 0x11710000 len=4K
after 273us allocate 0x132be000 len=4K
after 273us allocate 0x100db000 len=4K
after 273us allocate 0x13f9a000 len=4K
after 274us allocate 0x11d65000 len=4K
after 272us allocate 0x1311f000 len=4K
after 275us allocate 0x11abd000 len=4K
after 276us allocate 0x10fc8000 len=4K
after 273us allocate 0x13e57000 len=4K
after 249us allocate 0x107eb000 len=4K
after 274us allocate 0x10da4000 len=4K
after 276us allocate 0x10cbf000 len=4K
after 275us allocate 0x12a66000 len=4K
after 276us allocate 0x12332000 len=4K
after 274us allocate 0x12e74000 len=4K
after 274us allocate 0x119a8000 len=4K
after 274us allocate 0x12e9b000 len=4K
after 274us allocate 0x12b06000 len=4K
after 274us allocate 0x127d0000 len=4K
after 313us allocate 0x1229f000 len=4K
after 275us allocate 0x1011a000 len=4K
after 274us allocate 0x10998000 len=4K
after 272us allocate 0x12b8b000 len=4K
after 277us allocate 0x1021c000 len=4K
after 274us allocate 0x12798000 len=4K
after 273us allocate 0x11657000 len=4K
after 274us allocate 0x113bb000 len=4K
after 276us allocate 0x134dc000 len=4K
after 274us allocate 0x110b5000 len=4K
after 274us allocate 0x10a54000 len=4K
after 276us allocate 0x11c40000 len=4K
after 275us allocate 0x109f8000 len=4K
after 274us allocate 0x11a6b000 len=4K
after 5620us allocate 0x12e9f000 len=4K
after 258us allocate 0x13882000 len=4K
after 292us allocate 0x121f3000 len=4K
after 281us allocate 0x127f0000 len=4K
after 261us allocate 0x123bf000 len=4K
after 297us allocate 0x110b8000 len=4K
after 273us allocate 0x13e99000 len=4K
after 271us allocate 0x13524000 len=4K
after 293us allocate 0x1014e000 len=4K
after 274us allocate 0x12ccc000 len=4K
after 262us allocate 0x12a95000 len=4K
after 283us allocate 0x10a80000 len=4K
after 270us allocate 0x11395000 len=4K
after 262us allocate 0x11c72000 len=4K
after 290us allocate 0x121ca000 len=4K
after 266us allocate 0x13789000 len=4K
after 258us allocate 0x10226000 len=4K
after 290us allocate 0x124a2000 len=4K
after 263us allocate 0x10feb000 len=4K

[task g-punch0 kind=vmm vm=vm0 cpu=0]
at 256219us punch 0 len=256M

[task g-alloc4 kind=vmm vm=vm0 cpu=0]
at 246148us allocate 0x109ec000 len=4K
after 284us allocate 0x128ff000 len=4K
after 266us allocate 0x125ee000 len=4K
after 281us allocate 0x124a5000 len=4K
after 271us allocate 0x1012c000 len=4K
after 280us allocate 0x1332e000 len=4K
after 274us allocate 0x13348000 len=4K
after 273us allocate 0x12dae000 len=4K
after 281us allocate 0x10a75000 len=4K
after 270us allocate 0x12aa1000 len=4K
after 271us allocate 0x12fb4000 len=4K
after 280us allocate 0x131eb000 len=4K
after 273us allocate 0x10ec8000 len=4K
after 289us allocate 0x133d5000 len=4K
after 282us allocate 0x137f2000 len=4K
after 274us allocate 0x1149d000 len=4K
after 273us allocate 0x11ef4000 len=4K
after 281us allocate 0x118c9000 len=4K
after 271us allocate 0x12db8000 len=4K
after 275us allocate 0x13463000 len=4K
after 280us allocate 0x12c4b000 len=4K
after 272us allocate 0x10dd3000 len=4K
after 276us allocate 0x10708000 len=4K
after 280us allocate 0x13d06000 len=4K
after 272us allocate 0x1187c000 len=4K
after 270us allocate 0x139cc000 len=4K
after 281us allocate 0x13f3f000 len=4K
after 230us allocate 0x10181000 len=4K
after 271us allocate 0x133c2000 len=4K
after 279us allocate 0x10725000 len=4K
after 275us allocate 0x12feb000 len=4K
after 276us allocate 0x133f4000 len=4K
after 271us allocate 0x10113000 len=4K
after 278us allocate 0x11051000 len=4K
after 274us allocate 0x13e31000 len=4K
after 274us allocate 0x1270d000 len=4K
after 282us allocate 0x10203000 len=4K
after 5524us allocate 0x130c7000 len=4K
after 289us allocate 0x11266000 len=4K
after 261us allocate 0x10b42000 len=4K
after 299us allocate 0x12ed4000 len=4K
after 264us allocate 0x12309000 len=4K
after 277us allocate 0x1020f000 len=4K
after 292us allocate 0x1024b000 len=4K
after 283us allocate 0x1398f000 len=4K
after 265us allocate 0x132bc000 len=4K
after 293us allocate 0x10a59000 len=4K
after 272us allocate 0x12d8d000 len=4K
after 264us allocate 0x13b16000 len=4K
after 274us allocate 0x106e0000 len=4K
after 275us allocate 0x105ed000 len=4K
after 276us allocate 0x13ca6000 len=4K
after 268us allocate 0x12f5f000 len=4K
after 272us allocate 0x138c1000 len=4K
after 277us allocate 0x10870000 len=4K
after 261us allocate 0x12f60000 len=4K

[task g-alloc3 kind=vmm vm=vm0 cpu=0]
at 246161us allocate 0x10cff000 len=4K
after 264us allocate 0x111a6000 len=4K
after 280us allocate 0x10805000 len=4K
after 271us allocate 0x10fd5000 len=4K
after 283us allocate 0x13a0a000 len=4K
after 271us allocate 0x1147e000 len=4K
after 273us allocate 0x10656000 len=4K
after 281us allocate 0x1375a000 len=4K
after 273us allocate 0x11cb4000 len=4K
after 270us allocate 0x1098d000 len=4K
after 278us allocate 0x1315e000 len=4K
after 273us allocate 0x1363c000 len=4K
after 272us allocate 0x12f50000 len=4K
after 297us allocate 0x10d8e000 len=4K
after 275us allocate 0x13a95000 len=4K
after 273us allocate 0x10ca0000 len=4K
after 281us allocate 0x11a39000 len=4K
after 273us allocate 0x121cd000 len=4K
after 271us allocate 0x1314e000 len=4K
after 282us allocate 0x13b2c000 len=4K
after 273us allocate 0x113da000 len=4K
after 272us allocate 0x1387d000 len=4K
after 284us allocate 0x13b4d000 len=4K
after 273us allocate 0x1157b000 len=4K
after 272us allocate 0x12511000 len=4K
after 278us allocate 0x10b9b000 len=4K
after 271us allocate 0x13ccc000 len=4K
after 236us allocate 0x10b35000 len=4K
after 271us allocate 0x10363000 len=4K
after 274us allocate 0x11225000 len=4K
after 274us allocate 0x13d41000 len=4K
after 280us allocate 0x110fb000 len=4K
after 272us allocate 0x13d1a000 len=4K
after 272us allocate 0x12460000 len=4K
after 282us allocate 0x10e28000 len=4K
after 274us allocate 0x108b4000 len=4K
after 273us allocate 0x113a5000 len=4K
after 5532us allocate 0x12242000 len=4K
after 315us allocate 0x13686000 len=4K
after 272us allocate 0x10feb000 len=4K
after 269us allocate 0x10234000 len=4K
after 282us allocate 0x111b0000 len=4K
after 289us allocate 0x10c93000 len=4K
after 261us allocate 0x13d4a000 len=4K
after 301us allocate 0x11db0000 len=4K
after 276us allocate 0x1238b000 len=4K
after 275us allocate 0x11c0c000 len=4K
after 275us allocate 0x13134000 len=4K
after 269us allocate 0x10056000 len=4K
after 270us allocate 0x10dd6000 len=4K
after 279us allocate 0x1034d000 len=4K
after 262us allocate 0x11e8b000 len=4K
after 282us allocate 0x11af6000 len=4K
after 271us allocate 0x11f43000 len=4K
after 260us allocate 0x113bd000 len=4K
after 280us allocate 0x102da000 len=4K

[task g-alloc2 kind=vmm vm=vm0 cpu=0]
at 246172us allocate 0x10fd2000 len=4K
after 256us allocate 0x1364d000 len=4K
after 274us allocate 0x112e1000 len=4K
after 276us allocate 0x11904000 len=4K
after 277us allocate 0x12c36000 len=4K
after 272us allocate 0x115ee000 len=4K
after 281us allocate 0x135c5000 len=4K
after 274us allocate 0x1256e000 len=4K
after 272us allocate 0x10ba4000 len=4K
after 278us allocate 0x11233000 len=4K
after 271us allocate 0x10457000 len=4K
after 272us allocate 0x1081f000 len=4K
after 280us allocate 0x11fcf000 len=4K
after 290us allocate 0x139b0000 len=4K
after 275us allocate 0x100c3000 len=4K
after 281us allocate 0x11482000 len=4K
after 273us allocate 0x12eab000 len=4K
after 273us allocate 0x11a36000 len=4K
after 278us allocate 0x13282000 len=4K
after 275us allocate 0x116e7000 len=4K
after 273us allocate 0x1110a000 len=4K
after 279us allocate 0x11ea8000 len=4K
after 276us allocate 0x11b95000 len=4K
after 273us allocate 0x10ae2000 len=4K
after 280us allocate 0x13c77000 len=4K
after 271us allocate 0x13bcf000 len=4K
after 275us allocate 0x12878000 len=4K
after 229us allocate 0x108a8000 len=4K
after 278us allocate 0x11739000 len=4K
after 268us allocate 0x10357000 len=4K
after 281us allocate 0x10111000 len=4K
after 271us allocate 0x117d3000 len=4K
after 279us allocate 0x12cbc000 len=4K
after 271us allocate 0x13e65000 len=4K
after 275us allocate 0x12c59000 len=4K
after 280us allocate 0x12641000 len=4K
after 273us allocate 0x10bcd000 len=4K
after 5526us allocate 0x13c1a000 len=4K
after 277us allocate 0x11c62000 len=4K
after 277us allocate 0x1255a000 len=4K
after 282us allocate 0x10b10000 len=4K
after 266us allocate 0x11106000 len=4K
after 290us allocate 0x11e24000 len=4K
after 276us allocate 0x10198000 len=4K
after 285us allocate 0x1111b000 len=4K
after 278us allocate 0x11079000 len=4K
after 265us allocate 0x13a99000 len=4K
after 291us allocate 0x1362c000 len=4K
after 266us allocate 0x131c0000 len=4K
after 257us allocate 0x118a3000 len=4K
after 292us allocate 0x11ad2000 len=4K
after 274us allocate 0x103e7000 len=4K
after 263us allocate 0x10220000 len=4K
after 276us allocate 0x125a4000 len=4K
after 273us allocate 0x13f6f000 len=4K
after 266us allocate 0x12251000 len=4K
