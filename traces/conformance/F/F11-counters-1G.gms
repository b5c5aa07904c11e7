gmemsim trace 1
# conformance: F11 F12 F13 [T]
# kernels: hugetlb-wip hugetlb-plan
# Creating reserves and charges the reservation; allocating takes from both; punching gives back.
title = "1G: pool, reservations and cgroup"

[machine]
hugepages-1G = 4

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 0
vcpus = 1

[task vmm]
counter resv_hugepages_1G expect=value=0
counter free_hugepages_1G expect=value=4
counter nr_hugepages_1G expect=value=4
create file size=1G backing=1G init=private mmap=yes expect=ok
counter resv_hugepages_1G expect=value=1
counter free_hugepages_1G expect=value=4
counter nr_hugepages_1G expect=value=4
counter surplus_hugepages_1G expect=value=0
counter hugetlb_1G_rsvd expect=value=1073741824
counter hugetlb_1G_current expect=value=0
allocate 0 len=1G gmem=file expect=ok
counter resv_hugepages_1G expect=value=0
counter free_hugepages_1G expect=value=3
counter hugetlb_1G_current expect=value=1073741824
punch 0 len=1G gmem=file expect=ok
counter resv_hugepages_1G expect=value=1
counter free_hugepages_1G expect=value=4
counter hugetlb_1G_current expect=value=0
close file expect=ok
counter resv_hugepages_1G expect=value=0
counter hugetlb_1G_rsvd expect=value=0
