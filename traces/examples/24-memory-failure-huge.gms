gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# A memory error in a page of 2M, in the kernel of the December 2025 tree (HugeTLB backing).
#
# The error is contained in units of the folio: one bad 4K page takes 2M from the guest, and every access
# to them answers EHWPOISON. The handler keeps a reference, and this tree has to merge a huge page before
# it can punch it, for which it wants nobody to refer to it: unlike a 4K page (example 17), a poisoned huge
# page cannot even be punched.
#
# A huge page that was split, because a part of it is shared, is worse off: its 4K pieces are no hugetlb
# pages any more, and they are on no LRU list, because this tree puts them into the page cache by itself.
# memory_failure() cannot handle such a page. It is marked, but stays mapped in the guest.
#
# From reading the code; no report of either is known.
title = "memory errors in huge pages, whole and split"
expect = none

[design]
kernel = hugetlb-wip

[vm vm0]
type = sw-protected
memory = 4M
vcpus = 1
backing = 2M
init = private
mmap = yes

[task vcpu0]
touch private 0 4M write value=0x12
barrier ready
barrier failed
touch private 0x1000 4K read expect=EHWPOISON,flags=8,gpa=4K
touch private 0x1ff000 4K read expect=EHWPOISON
touch private 0x3ff000 4K read expect=bytes:0x12
signal seen
wait split
touch shared 2M 4K write value=0x34
signal mapped
wait failed-again
# still there: no fault, no exit
touch shared 2M 4K read expect=bytes:0x34

[task kernel-mce]
barrier ready
memory-failure 0x1000 expect=EBUSY
expect never mapped(vm0, 0)
expect never mapped(vm0, 0x1ff000)
expect mapped(vm0, 2M)
barrier failed
wait mapped
memory-failure 2M expect=EBUSY
expect mapped(vm0, 2M)
signal failed-again

[task vmm]
wait seen
punch 0 len=2M expect=EAGAIN
convert shared 2M len=4K expect=ok
signal split
