gmemsim trace 1
# conformance: F18 [K]
# kernels: hugetlb-wip hugetlb-plan
# A 4K part of a whole huge page becomes shared: the guest's mapping is split, then the folio.
title = "2M: 4K of a mapped huge page become shared"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 2M
vcpus = 1
backing = 2M
mmap = yes

[task vcpu0]
touch private 0 4K write value=1 expect=ok
touch private 1M 4K write value=2 expect=ok
signal mapped
wait shared
touch private 0 4K read expect=bytes:1
touch shared 1M 4K read expect=bytes:3

[task vmm]
wait mapped
expect leaf(vm0, 0) == 2M
expect refcount(vm0, 0) == 512
convert shared 1M len=4K expect=ok
expect leaf(vm0, 0) == 4K
access read 1M len=4K expect=bytes:2
access write 1M len=4K value=3 expect=ok
signal shared

[final]
exists refcount(vm0, 0) == 1
exists private(vm0, 0)
exists shared(vm0, 1M)
