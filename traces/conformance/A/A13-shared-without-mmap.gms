gmemsim trace 1
# conformance: A13 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Shared memory that cannot be mapped can be created, and cannot be mapped.
title = "shared, but not for mmap"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
create f size=4K flags=2 expect=ok
mmap 0 len=4K gmem=f expect=ENODEV
