gmemsim trace 1
# conformance: F4 [T]
# kernels: hugetlb-wip hugetlb-plan
# Four huge pages, one is converted: nothing happens to its neighbours.
title = "2M: one of four is converted"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 8M
vcpus = 1
backing = 2M
mmap = yes

[task vcpu0]
for p in 0..3 { touch private 2M*p 4K write value=7 }
signal written
wait shared
touch private 0 4K read expect=bytes:7
touch private 4M 4K read expect=bytes:7
touch private 6M 4K read expect=bytes:7

[task vmm]
wait written
convert shared 2M len=2M expect=ok
access read 2M len=4K expect=bytes:7
access read 0 len=4K expect=sigbus
access read 4M len=4K expect=sigbus
signal shared

[final]
exists private(vm0, 0)
exists shared(vm0, 2M)
exists private(vm0, 4M)
exists refcount(vm0, 0) == 512
exists refcount(vm0, 2M) == 2
exists refcount(vm0, 4M) == 512
