gmemsim trace 1
# conformance: E18 [T]
# kernels: inplace hugetlb-wip
# Of 16 pages page 8 and one more have been written, which one differs from round to round; one
# call makes all private. The guest sees the two bytes, and zeroes elsewhere.
title = "convert 16 pages, two of them there"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 64K
init = shared
mmap = yes

[task vmm]
access write 0 len=4K value=0x40
access write 32K len=4K value=0x5a
convert private 0 len=64K expect=ok
access read 0 len=4K expect=sigbus
access write 60K len=4K expect=sigbus
access read 0 len=4K expect=sigbus
barrier step
barrier step
convert shared 0 len=64K expect=ok
punch 0 len=64K expect=ok
access write 4K len=4K value=0x41
access write 32K len=4K value=0x5a
convert private 0 len=64K expect=ok
access read 0 len=4K expect=sigbus
access write 60K len=4K expect=sigbus
access read 4K len=4K expect=sigbus
barrier step
barrier step
convert shared 0 len=64K expect=ok
punch 0 len=64K expect=ok
access write 8K len=4K value=0x42
access write 32K len=4K value=0x5a
convert private 0 len=64K expect=ok
access read 0 len=4K expect=sigbus
access write 60K len=4K expect=sigbus
access read 8K len=4K expect=sigbus
barrier step
barrier step
convert shared 0 len=64K expect=ok
punch 0 len=64K expect=ok
access write 12K len=4K value=0x43
access write 32K len=4K value=0x5a
convert private 0 len=64K expect=ok
access read 0 len=4K expect=sigbus
access write 60K len=4K expect=sigbus
access read 12K len=4K expect=sigbus
barrier step
barrier step
convert shared 0 len=64K expect=ok
punch 0 len=64K expect=ok
access write 16K len=4K value=0x44
access write 32K len=4K value=0x5a
convert private 0 len=64K expect=ok
access read 0 len=4K expect=sigbus
access write 60K len=4K expect=sigbus
access read 16K len=4K expect=sigbus
barrier step
barrier step
convert shared 0 len=64K expect=ok
punch 0 len=64K expect=ok
access write 20K len=4K value=0x45
access write 32K len=4K value=0x5a
convert private 0 len=64K expect=ok
access read 0 len=4K expect=sigbus
access write 60K len=4K expect=sigbus
access read 20K len=4K expect=sigbus
barrier step
barrier step
convert shared 0 len=64K expect=ok
punch 0 len=64K expect=ok
access write 24K len=4K value=0x46
access write 32K len=4K value=0x5a
convert private 0 len=64K expect=ok
access read 0 len=4K expect=sigbus
access write 60K len=4K expect=sigbus
access read 24K len=4K expect=sigbus
barrier step
barrier step
convert shared 0 len=64K expect=ok
punch 0 len=64K expect=ok
access write 28K len=4K value=0x47
access write 32K len=4K value=0x5a
convert private 0 len=64K expect=ok
access read 0 len=4K expect=sigbus
access write 60K len=4K expect=sigbus
access read 28K len=4K expect=sigbus
barrier step
barrier step
convert shared 0 len=64K expect=ok
punch 0 len=64K expect=ok
access write 32K len=4K value=0x5a
convert private 0 len=64K expect=ok
access read 0 len=4K expect=sigbus
access write 60K len=4K expect=sigbus
access read 32K len=4K expect=sigbus
barrier step
barrier step
convert shared 0 len=64K expect=ok
punch 0 len=64K expect=ok
access write 36K len=4K value=0x49
access write 32K len=4K value=0x5a
convert private 0 len=64K expect=ok
access read 0 len=4K expect=sigbus
access write 60K len=4K expect=sigbus
access read 36K len=4K expect=sigbus
barrier step
barrier step
convert shared 0 len=64K expect=ok
punch 0 len=64K expect=ok
access write 40K len=4K value=0x4a
access write 32K len=4K value=0x5a
convert private 0 len=64K expect=ok
access read 0 len=4K expect=sigbus
access write 60K len=4K expect=sigbus
access read 40K len=4K expect=sigbus
barrier step
barrier step
convert shared 0 len=64K expect=ok
punch 0 len=64K expect=ok
access write 44K len=4K value=0x4b
access write 32K len=4K value=0x5a
convert private 0 len=64K expect=ok
access read 0 len=4K expect=sigbus
access write 60K len=4K expect=sigbus
access read 44K len=4K expect=sigbus
barrier step
barrier step
convert shared 0 len=64K expect=ok
punch 0 len=64K expect=ok
access write 48K len=4K value=0x4c
access write 32K len=4K value=0x5a
convert private 0 len=64K expect=ok
access read 0 len=4K expect=sigbus
access write 60K len=4K expect=sigbus
access read 48K len=4K expect=sigbus
barrier step
barrier step
convert shared 0 len=64K expect=ok
punch 0 len=64K expect=ok
access write 52K len=4K value=0x4d
access write 32K len=4K value=0x5a
convert private 0 len=64K expect=ok
access read 0 len=4K expect=sigbus
access write 60K len=4K expect=sigbus
access read 52K len=4K expect=sigbus
barrier step
barrier step
convert shared 0 len=64K expect=ok
punch 0 len=64K expect=ok
access write 56K len=4K value=0x4e
access write 32K len=4K value=0x5a
convert private 0 len=64K expect=ok
access read 0 len=4K expect=sigbus
access write 60K len=4K expect=sigbus
access read 56K len=4K expect=sigbus
barrier step
barrier step
convert shared 0 len=64K expect=ok
punch 0 len=64K expect=ok
access write 60K len=4K value=0x4f
access write 32K len=4K value=0x5a
convert private 0 len=64K expect=ok
access read 0 len=4K expect=sigbus
access write 60K len=4K expect=sigbus
access read 60K len=4K expect=sigbus
barrier step
barrier step
convert shared 0 len=64K expect=ok
punch 0 len=64K expect=ok

[task vcpu0]
barrier step
touch private 0 4K read expect=bytes:0x40
touch private 4K 28K read expect=bytes:0
touch private 32K 4K read expect=bytes:0x5a
touch private 36K 28K read expect=bytes:0
barrier step
barrier step
touch private 0 4K read expect=bytes:0
touch private 4K 4K read expect=bytes:0x41
touch private 8K 24K read expect=bytes:0
touch private 32K 4K read expect=bytes:0x5a
touch private 36K 28K read expect=bytes:0
barrier step
barrier step
touch private 0 8K read expect=bytes:0
touch private 8K 4K read expect=bytes:0x42
touch private 12K 20K read expect=bytes:0
touch private 32K 4K read expect=bytes:0x5a
touch private 36K 28K read expect=bytes:0
barrier step
barrier step
touch private 0 12K read expect=bytes:0
touch private 12K 4K read expect=bytes:0x43
touch private 16K 16K read expect=bytes:0
touch private 32K 4K read expect=bytes:0x5a
touch private 36K 28K read expect=bytes:0
barrier step
barrier step
touch private 0 16K read expect=bytes:0
touch private 16K 4K read expect=bytes:0x44
touch private 20K 12K read expect=bytes:0
touch private 32K 4K read expect=bytes:0x5a
touch private 36K 28K read expect=bytes:0
barrier step
barrier step
touch private 0 20K read expect=bytes:0
touch private 20K 4K read expect=bytes:0x45
touch private 24K 8K read expect=bytes:0
touch private 32K 4K read expect=bytes:0x5a
touch private 36K 28K read expect=bytes:0
barrier step
barrier step
touch private 0 24K read expect=bytes:0
touch private 24K 4K read expect=bytes:0x46
touch private 28K 4K read expect=bytes:0
touch private 32K 4K read expect=bytes:0x5a
touch private 36K 28K read expect=bytes:0
barrier step
barrier step
touch private 0 28K read expect=bytes:0
touch private 28K 4K read expect=bytes:0x47
touch private 32K 4K read expect=bytes:0x5a
touch private 36K 28K read expect=bytes:0
barrier step
barrier step
touch private 0 32K read expect=bytes:0
touch private 32K 4K read expect=bytes:0x5a
touch private 36K 28K read expect=bytes:0
barrier step
barrier step
touch private 0 32K read expect=bytes:0
touch private 32K 4K read expect=bytes:0x5a
touch private 36K 4K read expect=bytes:0x49
touch private 40K 24K read expect=bytes:0
barrier step
barrier step
touch private 0 32K read expect=bytes:0
touch private 32K 4K read expect=bytes:0x5a
touch private 36K 4K read expect=bytes:0
touch private 40K 4K read expect=bytes:0x4a
touch private 44K 20K read expect=bytes:0
barrier step
barrier step
touch private 0 32K read expect=bytes:0
touch private 32K 4K read expect=bytes:0x5a
touch private 36K 8K read expect=bytes:0
touch private 44K 4K read expect=bytes:0x4b
touch private 48K 16K read expect=bytes:0
barrier step
barrier step
touch private 0 32K read expect=bytes:0
touch private 32K 4K read expect=bytes:0x5a
touch private 36K 12K read expect=bytes:0
touch private 48K 4K read expect=bytes:0x4c
touch private 52K 12K read expect=bytes:0
barrier step
barrier step
touch private 0 32K read expect=bytes:0
touch private 32K 4K read expect=bytes:0x5a
touch private 36K 16K read expect=bytes:0
touch private 52K 4K read expect=bytes:0x4d
touch private 56K 8K read expect=bytes:0
barrier step
barrier step
touch private 0 32K read expect=bytes:0
touch private 32K 4K read expect=bytes:0x5a
touch private 36K 20K read expect=bytes:0
touch private 56K 4K read expect=bytes:0x4e
touch private 60K 4K read expect=bytes:0
barrier step
barrier step
touch private 0 32K read expect=bytes:0
touch private 32K 4K read expect=bytes:0x5a
touch private 36K 24K read expect=bytes:0
touch private 60K 4K read expect=bytes:0x4f
barrier step
