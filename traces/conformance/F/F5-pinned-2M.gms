gmemsim trace 1
# conformance: F5 [T]
# kernels: hugetlb-wip hugetlb-plan
# A huge page somebody pins cannot become private, until it is unpinned.
title = "2M: pinned, converted, unpinned, converted"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 8M
vcpus = 1
backing = 2M
mmap = yes

[task vmm]
convert shared 0 len=8M expect=ok
access write 2M len=4K value=5 expect=ok
pin 2M len=4K longterm as=p
convert private 2M len=2M expect=EAGAIN,error_offset=2M
expect shared(vm0, 2M)
access read 2M len=4K expect=bytes:5
unpin p
convert private 2M len=2M expect=ok

[final]
exists private(vm0, 2M)
exists refcount(vm0, 2M) == 512
