gmemsim trace 1
# conformance: F18 [K]
# kernels: hugetlb-wip hugetlb-plan
# A 4K part of a whole huge page becomes shared: the guest's mapping is split, then the folio.
title = "1G: 4K of a mapped huge page become shared"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 1G
vcpus = 1
backing = 1G
mmap = yes

[task vcpu0]
touch private 0 4K write value=1 expect=ok
touch private 512M 4K write value=2 expect=ok
signal mapped
wait shared
touch private 0 4K read expect=bytes:1
touch shared 512M 4K read expect=bytes:3

[task vmm]
wait mapped
expect leaf(vm0, 0) == 1G
expect refcount(vm0, 0) == 262144
convert shared 512M len=4K expect=ok
expect leaf(vm0, 0) == 2M
expect leaf(vm0, 0x20001000) == 4K
access read 512M len=4K expect=bytes:2
access write 512M len=4K value=3 expect=ok
signal shared

[final]
exists refcount(vm0, 0) == 1
exists private(vm0, 0)
exists shared(vm0, 512M)
