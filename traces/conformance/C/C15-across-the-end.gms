gmemsim trace 1
# conformance: C15 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Allocating across the end fails and allocates nothing; punching across the end works.
title = "across the end of the file"

[design]
kernel = mainline

[vm vm0]
memory = 16K
init = private
mmap = yes

[task vmm]
allocate 12K len=8K expect=EINVAL
state 12K expect=present=0
allocate 0 len=16K expect=ok
punch 12K len=8K expect=ok
state 12K expect=present=0
state 8K expect=present=1
