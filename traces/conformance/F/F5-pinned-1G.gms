gmemsim trace 1
# conformance: F5 [T]
# kernels: hugetlb-wip hugetlb-plan
# A huge page somebody pins cannot become private, until it is unpinned.
title = "1G: pinned, converted, unpinned, converted"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 4G
vcpus = 1
backing = 1G
mmap = yes

[task vmm]
convert shared 0 len=4G expect=ok
access write 1G len=4K value=5 expect=ok
pin 1G len=4K longterm as=p
convert private 1G len=1G expect=EAGAIN,error_offset=1G
expect shared(vm0, 1G)
access read 1G len=4K expect=bytes:5
unpin p
convert private 1G len=1G expect=ok

[final]
exists private(vm0, 1G)
exists refcount(vm0, 1G) == 262144
