gmemsim trace 1
# conformance: C13 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Only allocating and punching, both with the size kept, are supported.
title = "other modes of fallocate"

[design]
kernel = mainline

[vm vm0]
memory = 16K
init = private
mmap = yes

[task vmm]
allocate 0 len=4K mode=0 expect=EOPNOTSUPP # no flag at all
allocate 0 len=4K mode=0x2 expect=EOPNOTSUPP # a hole without keeping the size
allocate 0 len=4K mode=0x10 expect=EOPNOTSUPP # zero range
allocate 0 len=4K mode=0x11 expect=EOPNOTSUPP # zero range, size kept
allocate 0 len=4K mode=0x8 expect=EOPNOTSUPP # collapse range
allocate 0 len=4K mode=0x20 expect=EOPNOTSUPP # insert range
allocate 0 len=4K mode=0x40 expect=EOPNOTSUPP # unshare range
allocate 0 len=4K mode=0x41 expect=EOPNOTSUPP # unshare range, size kept
allocate 0 len=4K mode=0x400 expect=EOPNOTSUPP # a mode that nobody knows

[final]
exists allocated(vm0) == 0
