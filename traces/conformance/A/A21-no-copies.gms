gmemsim trace 1
# conformance: A21 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Nothing copies out of it in the kernel, nobody opens it again, and advice is heard in vain.
title = "splice, copy, reopen, fadvise"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
access write 0 len=16K value=9
io splice len=4K expect=EINVAL
io sendfile len=4K expect=EINVAL
io copy_file_range len=4K expect=EXDEV
io reopen expect=ENXIO
io fadvise offset=0 len=16K expect=ok
access read 0 len=16K expect=bytes:9
state 0 expect=present=1
