gmemsim trace 1
# conformance: F3 [T]
# kernels: hugetlb-wip hugetlb-plan
# As E18: sixteen huge pages, two of them allocated, all converted in one call, both ways.
title = "1G: bulk conversion of mostly holes"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 16G
vcpus = 1
backing = 1G
mmap = yes

[task vcpu0]
touch private 3G 4K write value=0x33 expect=ok
touch private 8G 4K write value=0x88 expect=ok
signal written
wait back
touch private 3G 4K read expect=bytes:0x34
touch private 8G 4K read expect=bytes:0x88

[task vmm]
wait written
convert shared 0 len=16G expect=ok
access read 3G len=4K expect=bytes:0x33
access read 8G len=4K expect=bytes:0x88
access write 3G len=4K value=0x34 expect=ok
convert private 0 len=16G expect=ok
access read 0 len=4K expect=sigbus
access read 3G len=4K expect=sigbus
access read 8G len=4K expect=sigbus
signal back

[final]
exists refcount(vm0, 3G) == 262144
never present(vm0, 0)
never present(vm0, 15G)
