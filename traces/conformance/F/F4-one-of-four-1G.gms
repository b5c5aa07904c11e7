gmemsim trace 1
# conformance: F4 [T]
# kernels: hugetlb-wip hugetlb-plan
# Four huge pages, one is converted: nothing happens to its neighbours.
title = "1G: one of four is converted"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 4G
vcpus = 1
backing = 1G
mmap = yes

[task vcpu0]
for p in 0..3 { touch private 1024M*p 4K write value=7 }
signal written
wait shared
touch private 0 4K read expect=bytes:7
touch private 2G 4K read expect=bytes:7
touch private 3G 4K read expect=bytes:7

[task vmm]
wait written
convert shared 1G len=1G expect=ok
access read 1G len=4K expect=bytes:7
access read 0 len=4K expect=sigbus
access read 2G len=4K expect=sigbus
signal shared

[final]
exists private(vm0, 0)
exists shared(vm0, 1G)
exists private(vm0, 2G)
exists refcount(vm0, 0) == 262144
exists refcount(vm0, 1G) == 2
exists refcount(vm0, 2G) == 262144
