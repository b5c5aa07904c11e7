gmemsim trace 1
# conformance: P9 [K]
# kernels: inplace hugetlb-wip hugetlb-plan
# 64 fresh pages sit in per-CPU batches when they are converted, 20 times: the batches are drained, and no
# conversion is refused.
title = "pages in per-CPU batches"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 256K
init = shared
mmap = yes

[task vmm]
repeat 20 {
	access write 0 len=256K value=0x10 expect=ok
	convert private 0 len=256K expect=ok
	convert shared 0 len=256K expect=ok
	punch 0 len=256K expect=ok
}
