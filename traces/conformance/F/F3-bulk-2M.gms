gmemsim trace 1
# conformance: F3 [T]
# kernels: hugetlb-wip hugetlb-plan
# As E18: sixteen huge pages, two of them allocated, all converted in one call, both ways.
title = "2M: bulk conversion of mostly holes"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 32M
vcpus = 1
backing = 2M
mmap = yes

[task vcpu0]
touch private 6M 4K write value=0x33 expect=ok
touch private 16M 4K write value=0x88 expect=ok
signal written
wait back
touch private 6M 4K read expect=bytes:0x34
touch private 16M 4K read expect=bytes:0x88

[task vmm]
wait written
convert shared 0 len=32M expect=ok
access read 6M len=4K expect=bytes:0x33
access read 16M len=4K expect=bytes:0x88
access write 6M len=4K value=0x34 expect=ok
convert private 0 len=32M expect=ok
access read 0 len=4K expect=sigbus
access read 6M len=4K expect=sigbus
access read 16M len=4K expect=sigbus
signal back

[final]
exists refcount(vm0, 6M) == 512
never present(vm0, 0)
never present(vm0, 30M)
