gmemsim trace 1
# conformance: E18 [T]
# kernels: inplace hugetlb-wip hugetlb-plan
# Of 8 pages page 4 and one more have been written, which one differs from round to round; one
# call makes all private. The guest sees the two bytes, and zeroes elsewhere.
title = "convert 8 pages, two of them there"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 32K
init = shared
mmap = yes

[task vmm]
access write 0 len=4K value=0x40
access write 16K len=4K value=0x5a
convert private 0 len=32K expect=ok
access read 0 len=4K expect=sigbus
access write 28K len=4K expect=sigbus
access read 0 len=4K expect=sigbus
barrier step
barrier step
convert shared 0 len=32K expect=ok
punch 0 len=32K expect=ok
access write 4K len=4K value=0x41
access write 16K len=4K value=0x5a
convert private 0 len=32K expect=ok
access read 0 len=4K expect=sigbus
access write 28K len=4K expect=sigbus
access read 4K len=4K expect=sigbus
barrier step
barrier step
convert shared 0 len=32K expect=ok
punch 0 len=32K expect=ok
access write 8K len=4K value=0x42
access write 16K len=4K value=0x5a
convert private 0 len=32K expect=ok
access read 0 len=4K expect=sigbus
access write 28K len=4K expect=sigbus
access read 8K len=4K expect=sigbus
barrier step
barrier step
convert shared 0 len=32K expect=ok
punch 0 len=32K expect=ok
access write 12K len=4K value=0x43
access write 16K len=4K value=0x5a
convert private 0 len=32K expect=ok
access read 0 len=4K expect=sigbus
access write 28K len=4K expect=sigbus
access read 12K len=4K expect=sigbus
barrier step
barrier step
convert shared 0 len=32K expect=ok
punch 0 len=32K expect=ok
access write 16K len=4K value=0x5a
convert private 0 len=32K expect=ok
access read 0 len=4K expect=sigbus
access write 28K len=4K expect=sigbus
access read 16K len=4K expect=sigbus
barrier step
barrier step
convert shared 0 len=32K expect=ok
punch 0 len=32K expect=ok
access write 20K len=4K value=0x45
access write 16K len=4K value=0x5a
convert private 0 len=32K expect=ok
access read 0 len=4K expect=sigbus
access write 28K len=4K expect=sigbus
access read 20K len=4K expect=sigbus
barrier step
barrier step
convert shared 0 len=32K expect=ok
punch 0 len=32K expect=ok
access write 24K len=4K value=0x46
access write 16K len=4K value=0x5a
convert private 0 len=32K expect=ok
access read 0 len=4K expect=sigbus
access write 28K len=4K expect=sigbus
access read 24K len=4K expect=sigbus
barrier step
barrier step
convert shared 0 len=32K expect=ok
punch 0 len=32K expect=ok
access write 28K len=4K value=0x47
access write 16K len=4K value=0x5a
convert private 0 len=32K expect=ok
access read 0 len=4K expect=sigbus
access write 28K len=4K expect=sigbus
access read 28K len=4K expect=sigbus
barrier step
barrier step
convert shared 0 len=32K expect=ok
punch 0 len=32K expect=ok

[task vcpu0]
barrier step
touch private 0 4K read expect=bytes:0x40
touch private 4K 12K read expect=bytes:0
touch private 16K 4K read expect=bytes:0x5a
touch private 20K 12K read expect=bytes:0
barrier step
barrier step
touch private 0 4K read expect=bytes:0
touch private 4K 4K read expect=bytes:0x41
touch private 8K 8K read expect=bytes:0
touch private 16K 4K read expect=bytes:0x5a
touch private 20K 12K read expect=bytes:0
barrier step
barrier step
touch private 0 8K read expect=bytes:0
touch private 8K 4K read expect=bytes:0x42
touch private 12K 4K read expect=bytes:0
touch private 16K 4K read expect=bytes:0x5a
touch private 20K 12K read expect=bytes:0
barrier step
barrier step
touch private 0 12K read expect=bytes:0
touch private 12K 4K read expect=bytes:0x43
touch private 16K 4K read expect=bytes:0x5a
touch private 20K 12K read expect=bytes:0
barrier step
barrier step
touch private 0 16K read expect=bytes:0
touch private 16K 4K read expect=bytes:0x5a
touch private 20K 12K read expect=bytes:0
barrier step
barrier step
touch private 0 16K read expect=bytes:0
touch private 16K 4K read expect=bytes:0x5a
touch private 20K 4K read expect=bytes:0x45
touch private 24K 8K read expect=bytes:0
barrier step
barrier step
touch private 0 16K read expect=bytes:0
touch private 16K 4K read expect=bytes:0x5a
touch private 20K 4K read expect=bytes:0
touch private 24K 4K read expect=bytes:0x46
touch private 28K 4K read expect=bytes:0
barrier step
barrier step
touch private 0 16K read expect=bytes:0
touch private 16K 4K read expect=bytes:0x5a
touch private 20K 8K read expect=bytes:0
touch private 28K 4K read expect=bytes:0x47
barrier step
