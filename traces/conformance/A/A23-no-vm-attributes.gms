gmemsim trace 1
# conformance: A23 [K]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# The attribute call of the VM where it is not supported: unknown if the kernel has none, refused if
# this VM has none.
title = "attributes per VM, not supported"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
attributes private 0 len=4K expect=EINVAL@mainline|ENOTTY@inplace|ENOTTY@hugetlb-wip
