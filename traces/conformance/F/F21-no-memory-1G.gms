gmemsim trace 1
# conformance: F21 [K]
# kernels: hugetlb-wip hugetlb-plan
# The second of two huge pages cannot be split: the first one is converted, the second one is not.
title = "1G: no memory to split a huge page"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 2G
vcpus = 1
backing = 1G
mmap = yes

[task vmm]
allocate 1G len=1G expect=ok
convert shared 512M len=1G expect=ENOMEM,error_offset=1G fail=hvo_restore
expect shared(vm0, 512M)
expect private(vm0, 1G)
expect refcount(vm0, 1G) == 262144
convert shared 512M len=1G expect=ok

[final]
exists shared(vm0, 512M)
exists shared(vm0, 1G)
exists private(vm0, 0)
exists refcount(vm0, 1G) == 1
