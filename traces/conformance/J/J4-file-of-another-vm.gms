gmemsim trace 1
# conformance: J4 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# A file of one VM cannot be bound in another.
title = "another VM's file"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[vm vm1]
memory = 16K

[task vm0.vmm]
bind slot=1 gpa=1M offset=0 len=16K gmem=vm1.gmem expect=EINVAL
