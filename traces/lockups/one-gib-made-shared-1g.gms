gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
# kernels: hugetlb-wip hugetlb-plan
#
# The same question on 1G folios: the guest's first GiB is one private folio under one leaf; the
# second is shared, so it consists of 4K folios, and there every vCPU faults.
#
# The zap is one leaf now; the hold is the split of the folio into 262,144: a grace period and 4,095
# pages for its struct pages, then one pass that writes them, one that stores them in the page cache
# with interrupts off, one that unfreezes them. Those costs are assumed or derived, see the file.
title = "1 GiB private made shared in one call while 8 vCPUs fault elsewhere, 1G folios"
expect = none

[machine]
cpus = 10
preempt = lazy

[design]
kernel = hugetlb-wip
locking = file

[vm vm0]
type = sw-protected
memory = 2G
vcpus = 8
backing = 1G
init = private
mmap = yes

[cost]
include = debian-vm

[task vcpu0..vcpu7]
barrier start
# one vCPU is enough: the leaf is as large as the folio
touch private self*128M 128M write
barrier warm
repeat 20000 { touch shared rand(1G,2G) 4K write }

[task vmm]
allocate 0 len=1G expect=ok
convert shared 1G len=1G expect=ok
allocate 1G len=1G expect=ok
barrier start
barrier warm
after 200us convert shared 0 len=1G expect=ok

[final]
exists shared(vm0, 0)
never errors(guest) > 0
