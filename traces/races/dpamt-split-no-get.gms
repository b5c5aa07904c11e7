gmemsim trace 1
# A 2M page of a TD is split with dynamic PAMT.
#
# class: single-path
# The page for the new table becomes the module's: its region needs a PAMT pair as long as it is.
# Faulty (RFC v5): the table page of a split is not counted.  The pair can go while the module needs it.
# Fixed: each page for a table comes with its reference.
title = "the table page of a split is not counted"

[machine]
cpus = 2

[design]
kernel = hugetlb-plan

[tdx]
huge-pages = yes
dynamic-pamt = yes

[vm td0]
type = tdx
memory = 4M
vcpus = 1
backing = 2M
accepted = 0..2M

[task vmm]
convert shared 0 len=4K expect=ok
