gmemsim trace 1
# conformance: F2 [T]
# kernels: hugetlb-wip hugetlb-plan
# As E17 and E16: conversions of what is not there yet are remembered.
title = "2M: converted before it is allocated"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 4M
vcpus = 1
backing = 2M
mmap = yes

[task vmm]
convert shared 0 len=2M expect=ok
access read 0 len=4K expect=bytes:0
access write 0 len=4K value=1 expect=ok
access read 1M len=4K expect=bytes:0
signal shared
wait seen
convert shared 2M len=2M expect=ok
convert private 2M len=2M expect=ok
access write 2M len=4K expect=sigbus

[task vcpu0]
wait shared
touch shared 0 4K read expect=bytes:1
touch shared 1M 4K write value=2 expect=ok
touch private 2M 4K read expect=bytes:0
signal seen

[final]
exists shared(vm0, 0)
exists private(vm0, 2M)
