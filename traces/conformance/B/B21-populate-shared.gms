gmemsim trace 1
# conformance: B21 B22 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Populating shared memory by advice, and locking it, works.
title = "populate and mlock, shared"

[design]
kernel = mainline

[vm vm0]
memory = 16K
init = shared
mmap = yes

[task vmm]
advise populate-read 0 len=8K expect=ok
advise populate-write 8K len=8K expect=ok
mlock 0 len=16K expect=ok
munlock 0 len=16K expect=ok
advise dontneed 0 len=16K expect=ok

[final]
exists allocated(vm0) == 4
