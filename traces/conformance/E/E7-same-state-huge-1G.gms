gmemsim trace 1
# conformance: E7 [K]
# kernels: hugetlb-wip hugetlb-plan
# As E7: what is shared already is not converted again, so a pin is in nobody's way.
title = "1G: conversion to the state that is there, while pinned"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 2G
vcpus = 1
backing = 1G
mmap = yes

[task vmm]
convert shared 0 len=2G expect=ok
access write 512M len=4K value=3 expect=ok
pin 512M len=4K longterm as=p
convert shared 0 len=2G expect=ok
convert shared 512M len=4K expect=ok
access read 512M len=4K expect=bytes:3
unpin p
