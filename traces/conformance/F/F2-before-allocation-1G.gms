gmemsim trace 1
# conformance: F2 [T]
# kernels: hugetlb-wip hugetlb-plan
# As E17 and E16: conversions of what is not there yet are remembered.
title = "1G: converted before it is allocated"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 2G
vcpus = 1
backing = 1G
mmap = yes

[task vmm]
convert shared 0 len=1G expect=ok
access read 0 len=4K expect=bytes:0
access write 0 len=4K value=1 expect=ok
access read 512M len=4K expect=bytes:0
signal shared
wait seen
convert shared 1G len=1G expect=ok
convert private 1G len=1G expect=ok
access write 1G len=4K expect=sigbus

[task vcpu0]
wait shared
touch shared 0 4K read expect=bytes:1
touch shared 512M 4K write value=2 expect=ok
touch private 1G 4K read expect=bytes:0
signal seen

[final]
exists shared(vm0, 0)
exists private(vm0, 1G)
