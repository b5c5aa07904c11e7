gmemsim trace 1
# A huge page of a TD is split for ACCEPT while another operation ends, after which everything is checked.
#
# Found by generated traces on hugetlb-wip: after DEMOTE the module has 512 users of the PAMT pair, of which
# the kernel counts none until it has gone on, with pamt_lock held all the time. The check did not look at the lock.
title = "users of a PAMT pair are counted after DEMOTE"

[machine]
hvo = no

[design]
kernel = hugetlb-wip

[tdx]
dynamic-pamt = yes
huge-pages = yes

[vm vm0]
type = tdx
memory = 2M
vcpus = 1
backing = 2M
pending = 0..2M

[task vcpu0]
touch private 0 4K write

[task kernel0]
migrate 0x1000 len=4K
