gmemsim trace 1
# conformance: F9 [T]
# kernels: hugetlb-wip hugetlb-plan
# A page of a split huge page is pinned while the VM, the mapping and the file go; then it is unpinned.
title = "2M: merged and given back when the pin goes"

[machine]
hugepages-2M = 1

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 0
vcpus = 1

[task vmm]
create file size=2M backing=2M init=private mmap=yes expect=ok
bind slot=0 gpa=0 offset=0 len=2M gmem=file expect=ok
convert shared 0 len=2M gmem=file expect=ok
mmap 0 len=2M gmem=file as=m expect=ok
access write 1M len=4K value=9 map=m expect=ok
pin 1M len=4K map=m longterm as=p expect=ok
unbind slot=0 expect=ok
munmap m expect=ok
close file expect=ok
sleep 10ms
counter free_hugepages_2M expect=value=0
unpin p expect=ok
# the worker that merges has its own time
sleep 10ms
repeat 500000 { counter vms }
counter free_hugepages_2M expect=value=1
counter resv_hugepages_2M expect=value=0
counter hugetlb_2M_current expect=value=0
