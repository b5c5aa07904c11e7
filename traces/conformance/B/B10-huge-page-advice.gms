gmemsim trace 1
# conformance: B10 B11 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Advice to use huge pages is taken, an attempt to collapse to one is refused.
title = "advice about huge pages"

[design]
kernel = mainline

[vm vm0]
memory = 2M

[task vmm]
access read 0 len=2M expect=bytes:0
advise hugepage 0 len=2M expect=ok
advise collapse 0 len=2M expect=EINVAL
access read 0 len=2M expect=bytes:0
state 0 expect=order=0
