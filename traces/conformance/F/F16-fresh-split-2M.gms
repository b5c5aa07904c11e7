gmemsim trace 1
# conformance: F16 [K]
# kernels: hugetlb-wip hugetlb-plan
# The first allocation inside a huge page that is not wholly private: huge, and split at once.
title = "2M: allocated huge, split before anybody sees it"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 4M
vcpus = 1
backing = 2M
mmap = yes

[task vmm]
convert shared 1M len=4K expect=ok
access write 1M len=4K value=1 expect=ok

[final]
exists allocated(vm0) == 512
exists refcount(vm0, 0) == 1
exists refcount(vm0, 1M) == 2
