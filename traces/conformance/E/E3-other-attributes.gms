gmemsim trace 1
# conformance: E3 [K]
# kernels: inplace hugetlb-wip hugetlb-plan
# PRIVATE (8) is the only attribute; read, write and execute are not, alone or with it.
title = "attribute bits"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 16K
init = private
mmap = yes

[task vmm]
convert shared 0 len=16K attrs=0x1 expect=EINVAL
convert shared 0 len=16K attrs=0x2 expect=EINVAL
convert shared 0 len=16K attrs=0x4 expect=EINVAL
convert shared 0 len=16K attrs=0x7 expect=EINVAL
convert shared 0 len=16K attrs=0x9 expect=EINVAL
convert shared 0 len=16K attrs=0xf expect=EINVAL
convert shared 0 len=16K attrs=0x10 expect=EINVAL
convert shared 0 len=16K attrs=0x8000000000000000 expect=EINVAL
state 0 expect=private=1
convert shared 0 len=16K attrs=8 expect=ok
state 0 expect=private=1
convert shared 0 len=16K attrs=0 expect=ok
state 0 expect=private=0
