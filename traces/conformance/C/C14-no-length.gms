gmemsim trace 1
# conformance: C14 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# No length, an offset before the file, and a range past the largest file size are errors.
title = "lengths and offsets that are none"

[design]
kernel = mainline

[vm vm0]
memory = 16K
init = private
mmap = yes

[task vmm]
allocate 0 len=0 expect=EINVAL
punch 0 len=0 expect=EINVAL
allocate 0xfffffffffffff000 len=4K expect=EINVAL
punch 0xfffffffffffff000 len=4K expect=EINVAL
allocate 0x7ffffffffffff000 len=8K expect=EFBIG
punch 0x7ffffffffffff000 len=8K expect=EFBIG
