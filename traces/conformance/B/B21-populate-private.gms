gmemsim trace 1
# conformance: B21 B22 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Populating private memory by advice, and locking it, fails, each with its own errno.
title = "populate and mlock, private"

[design]
kernel = mainline

[vm vm0]
memory = 16K
init = private
mmap = yes

[task vmm]
advise populate-read 0 len=8K expect=EFAULT
advise populate-write 8K len=8K expect=EFAULT
mlock 0 len=16K expect=ENOMEM
munlock 0 len=16K expect=ok
advise dontneed 0 len=16K expect=ok

[final]
exists allocated(vm0) == 0
