gmemsim trace 1
# conformance: E5 [K]
# kernels: inplace hugetlb-wip hugetlb-plan
# A range needs a length, whole pages, and an end that can be counted.
title = "ranges that are none"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 16K
init = private
mmap = yes

[task vmm]
convert shared 0 len=0 expect=EINVAL
convert shared 0xfffffffffffff000 len=8K expect=EINVAL
convert shared 1 len=4K expect=EINVAL
convert shared 0x800 len=4K expect=EINVAL
convert shared 0 len=4095 expect=EINVAL
convert shared 0 len=4097 expect=EINVAL
convert shared 0 len=20K expect=EINVAL
convert shared 16K len=4K expect=EINVAL
state 0 expect=private=1
