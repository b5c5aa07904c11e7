gmemsim trace 1
# conformance: F21 [K]
# kernels: hugetlb-wip hugetlb-plan
# The second of two huge pages cannot be split: the first one is converted, the second one is not.
title = "2M: no memory to split a huge page"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 4M
vcpus = 1
backing = 2M
mmap = yes

[task vmm]
allocate 2M len=2M expect=ok
convert shared 1M len=2M expect=ENOMEM,error_offset=2M fail=hvo_restore
expect shared(vm0, 1M)
expect private(vm0, 2M)
expect refcount(vm0, 2M) == 512
convert shared 1M len=2M expect=ok

[final]
exists shared(vm0, 1M)
exists shared(vm0, 2M)
exists private(vm0, 0)
exists refcount(vm0, 2M) == 1
