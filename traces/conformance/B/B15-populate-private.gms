gmemsim trace 1
# conformance: B15 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Filling the page tables of a new mapping of private memory, or locking it, finds nothing to do and says
# nothing.
title = "MAP_POPULATE, MAP_LOCKED"

[design]
kernel = mainline

[vm vm0]
memory = 16K
init = private
mmap = yes

[task vmm]
mmap 0 len=16K populate as=p expect=ok
mmap 0 len=16K locked as=l expect=ok
state 0 expect=present=0
access read 0 len=4K map=p expect=sigbus

[final]
exists allocated(vm0) == 0
