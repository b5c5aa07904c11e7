gmemsim trace 1
# conformance: B21 B22 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Populating and locking across the end of the file fail there; what lies before is populated.
title = "populate and mlock across the end"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
mmap 8K len=16K as=across
advise populate-read 8K len=16K map=across expect=EFAULT
state 12K expect=present=1,mapcount=1
advise populate-write 8K len=16K map=across expect=EFAULT
mlock 8K len=16K map=across expect=ENOMEM
