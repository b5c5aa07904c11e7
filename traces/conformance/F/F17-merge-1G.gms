gmemsim trace 1
# conformance: F17 [K]
# kernels: hugetlb-wip hugetlb-plan
# The last shared part of a split huge page becomes private: it is merged.
title = "1G: merged when all of it is private again"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 1G
vcpus = 1
backing = 1G
mmap = yes

[task vmm]
convert shared 0 len=64K expect=ok
convert shared 512M len=64K expect=ok
access write 0 len=64K value=1 expect=ok
convert private 0 len=64K expect=ok
expect refcount(vm0, 0) == 1
convert private 512M len=64K expect=ok

[final]
exists refcount(vm0, 0) == 262144
