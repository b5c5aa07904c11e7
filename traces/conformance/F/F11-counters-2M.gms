gmemsim trace 1
# conformance: F11 F12 F13 [T]
# kernels: hugetlb-wip hugetlb-plan
# Creating reserves and charges the reservation; allocating takes from both; punching gives back.
title = "2M: pool, reservations and cgroup"

[machine]
hugepages-2M = 4

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 0
vcpus = 1

[task vmm]
counter resv_hugepages_2M expect=value=0
counter free_hugepages_2M expect=value=4
counter nr_hugepages_2M expect=value=4
create file size=2M backing=2M init=private mmap=yes expect=ok
counter resv_hugepages_2M expect=value=1
counter free_hugepages_2M expect=value=4
counter nr_hugepages_2M expect=value=4
counter surplus_hugepages_2M expect=value=0
counter hugetlb_2M_rsvd expect=value=2097152
counter hugetlb_2M_current expect=value=0
allocate 0 len=2M gmem=file expect=ok
counter resv_hugepages_2M expect=value=0
counter free_hugepages_2M expect=value=3
counter hugetlb_2M_current expect=value=2097152
punch 0 len=2M gmem=file expect=ok
counter resv_hugepages_2M expect=value=1
counter free_hugepages_2M expect=value=4
counter hugetlb_2M_current expect=value=0
close file expect=ok
counter resv_hugepages_2M expect=value=0
counter hugetlb_2M_rsvd expect=value=0
