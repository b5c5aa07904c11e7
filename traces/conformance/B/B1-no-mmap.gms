gmemsim trace 1
# conformance: B1 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# A file without the MMAP flag cannot be mapped, not one page of it and not the whole.
title = "mmap of a file without MMAP"

[design]
kernel = mainline

[vm vm0]
memory = 16K
mmap = no

[task vmm]
mmap 0 len=4K expect=ENODEV
mmap 0 len=16K expect=ENODEV
