gmemsim trace 1
# conformance: A12 [K]
# kernels: hugetlb-wip hugetlb-plan
# A page order without the HUGETLB flag (4), the flag without an order or with INIT_SHARED (2), no such pool.
title = "creation flags and page orders that do not go together"

[machine]
hugepages-2M = 4

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 0
vcpus = 1

[task vmm]
create a size=2M backing=2M flags=1 expect=EINVAL
create b size=2M backing=4K flags=4 expect=EINVAL
create c size=2M backing=2M flags=7 expect=EINVAL
create d size=3M backing=2M flags=5 expect=EINVAL
create f size=2M backing=2M flags=5 expect=ok
create g size=2M backing=2M init=shared expect=EINVAL
