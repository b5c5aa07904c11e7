gmemsim trace 1
# conformance: E7 [K]
# kernels: hugetlb-wip hugetlb-plan
# As E7: what is shared already is not converted again, so a pin is in nobody's way.
title = "2M: conversion to the state that is there, while pinned"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 4M
vcpus = 1
backing = 2M
mmap = yes

[task vmm]
convert shared 0 len=4M expect=ok
access write 1M len=4K value=3 expect=ok
pin 1M len=4K longterm as=p
convert shared 0 len=4M expect=ok
convert shared 1M len=4K expect=ok
access read 1M len=4K expect=bytes:3
unpin p
