gmemsim trace 1
# conformance: F8 [T]
# kernels: hugetlb-wip hugetlb-plan
# A private huge page that was never split is punched as it is.
title = "1G: punch a whole huge page"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 2G
vcpus = 1
backing = 1G
mmap = yes

[task vmm]
allocate 0 len=1G expect=ok
expect present(vm0, 0)
punch 0 len=1G expect=ok

[final]
never present(vm0, 0)
exists private(vm0, 0)
