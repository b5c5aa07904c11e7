gmemsim trace 1
# conformance: B24 [K]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Behind the end of a file of private memory an access is SIGBUS for the one reason or the other; nothing
# is allocated and no attribute asked for there.
title = "end of file before private"

[design]
kernel = mainline

[vm vm0]
memory = 16K
init = private
mmap = yes

[task vmm]
mmap 0 len=32K as=long
access read 16K len=4K map=long expect=sigbus
access write 28K len=4K map=long expect=sigbus
