gmemsim trace 1
# conformance: A12 [K]
# kernels: hugetlb-wip hugetlb-plan
# An order of pages needs the flag for huge pages, the flag needs an order that exists, and memory of huge
# pages does not start shared.
title = "page orders at creation"

[design]
kernel = hugetlb-wip

[vm vm0]
memory = 16K

[task vmm]
create f size=2M backing=2M flags=0 expect=EINVAL
create f size=2M backing=2M flags=1 expect=EINVAL
create f size=2M backing=4K flags=4 expect=EINVAL
create f size=2M backing=4K flags=5 expect=EINVAL
create f size=2M backing=2M flags=6 expect=EINVAL
create f size=1G backing=1G flags=7 expect=EINVAL
create f size=2M backing=2M flags=5 expect=ok
create g size=1G backing=1G flags=5 expect=ok
create h size=1M backing=2M flags=5 expect=EINVAL
