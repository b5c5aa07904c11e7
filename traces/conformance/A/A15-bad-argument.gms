gmemsim trace 1
# conformance: A15 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# A bad pointer is a fault; the system descriptor does not know the call.
title = "creation with a bad argument"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
create f size=4K bad-pointer expect=EFAULT
create f size=4K fd=system expect=EINVAL
close f expect=EBADF
