gmemsim trace 1
# conformance: A2 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Nothing, a page and a byte, and sizes that are negative numbers are refused.
title = "sizes that are none"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
create f size=0 expect=EINVAL
create f size=4097 expect=EINVAL
create f size=0xffffffffffffffff expect=EINVAL
create f size=0xfffffffffffff000 expect=EINVAL
create f size=0x8000000000000000 expect=EINVAL
