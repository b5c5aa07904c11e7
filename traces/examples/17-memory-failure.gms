gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# An uncorrected memory error in a page that guest and VMM share.
#
# The page leaves all page tables and stays in the file, poisoned. The guest's next access ends KVM_RUN
# with EHWPOISON, the VMM's with SIGBUS. It cannot be converted either: the handler of the error keeps a
# reference. Punching a hole gives the index a new page; an address that the VMM had touched before
# remembers the error until it is unmapped.
#
# Look at: EBUSY, which is the answer of memory_failure() for any page of a guest_memfd.
title = "a page fails, is punched out, and comes back as a new one"
expect = none

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 2M
init = shared
mmap = yes

[task vcpu0]
touch shared 0x4000 4K write value=0x11
signal touched
wait failed
touch shared 0x4000 4K expect=EHWPOISON
touch shared 0x5000 4K expect=bytes:0x00
signal seen
wait punched
touch shared 0x4000 4K expect=bytes:0x00

[task vmm]
access read 0x4000 len=4K
signal mapped
wait seen
access read 0x4000 len=4K expect=sigbus
convert private 0 len=2M expect=EAGAIN,error_offset=16K
punch 0x4000 len=4K expect=ok
access read 0x4000 len=4K expect=sigbus
mmap 0 len=2M as=again
access read 0x4000 len=4K map=again expect=bytes:0x00
advise dontneed 0x4000 len=4K
access read 0x4000 len=4K expect=bytes:0x00
signal punched

[task kernel-mce]
wait touched
wait mapped
memory-failure 0x4000 expect=EBUSY
memory-failure 0x4000 expect=EHWPOISON
memory-failure 0x8000 expect=ENXIO
signal failed

[final]
exists shared(vm0, 0x4000)
