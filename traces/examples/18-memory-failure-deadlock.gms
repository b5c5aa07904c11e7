gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
# engines: virtual
#
# memory_failure() takes the folio lock and then, inside guest_memfd's error_folio, the invalidate
# lock: against the order that everybody else has.
#
# kernel-mce has locked the page and takes it out of the VMM's page table. Meanwhile a guest fault has
# the invalidate lock, shared, and waits for the folio lock; a converter queues for the invalidate lock
# behind the fault. Now kernel-mce asks for it, shared, too, and queues behind the converter: nobody
# moves again. (In mainline the fault does not take the invalidate lock; there, hole punching alone is
# enough, which waits for the folio lock with the invalidate lock held.)
#
# This comes from reading the code; no report of it is known.
#
# Look at: the cycle in the report.
title = "a memory error, a guest fault and a conversion that queues between them"
expect = deadlock

[machine]
cpus = 4

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 2M
vcpus = 1
init = shared
mmap = yes

[cost]
rmap_walk = 10ms

[task vmm]
# not the mapping that the memslot knows: KVM hears nothing of what happens to this one
mmap 0 len=2M as=view
access write 0x4000 len=4K map=view
signal mapped
sleep 18ms
convert private 1M len=4K

[task vcpu0]
wait mapped
sleep 14ms
touch shared 0x4000 4K

[task kernel-mce]
wait mapped
memory-failure 0x4000
