gmemsim trace 1
# conformance: F10 [T]
# kernels: hugetlb-wip hugetlb-plan
# Every half huge page has a byte; the first huge page is punched.
title = "1G: a punched huge page reads zero, the others keep their bytes"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 4G
vcpus = 1
backing = 1G
mmap = yes

[task vmm]
convert shared 0 len=4G expect=ok
for p in 0..7 { access write 512M*p len=4K value=9 }
punch 0 len=1G expect=ok
access read 0 len=4K expect=bytes:0
access read 512M len=4K expect=bytes:0
for p in 2..7 { access read 512M*p len=4K expect=bytes:9 }
