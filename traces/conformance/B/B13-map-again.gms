gmemsim trace 1
# conformance: B13 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# A mapping made later shows what the guest has written meanwhile.
title = "map again after the guest wrote"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
mmap 0 len=16K as=first
access write 0 len=16K map=first value=1 expect=ok
munmap first expect=ok
signal unmapped
wait written
mmap 0 len=16K as=second expect=ok
access read 0 len=16K map=second expect=bytes:2

[task vcpu0]
wait unmapped
touch shared 0 16K read expect=bytes:1
touch shared 0 16K write value=2 expect=ok
signal written
