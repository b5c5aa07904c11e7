gmemsim trace 1
# A memory error takes the folio lock, then the invalidate lock; a fault takes them the other way.
#
# class: interleaving
# faulty: kernel=inplace
# fixed: kernel=mainline
# CPU 0 handles a memory error: it has locked the page and unmaps it from the process.  CPU 1 is a guest
# fault of that page: it has the invalidate lock, shared, and waits for the page.  CPU 2 punches a hole
# elsewhere and queues for the invalidate lock behind CPU 1.  CPU 0 comes to guest_memfd's error_folio,
# asks for the invalidate lock, shared, and queues behind CPU 2.
# From reading the code.  Faults of mainline do not take the invalidate lock: this cycle is not there, though the
# writer is.
title = "error_folio against a fault and a punch that queues between them"

[machine]
cpus = 4

[vm vm0]
memory = 2M
vcpus = 1

[cost]
rmap_walk = 100us

[task vmm]
# not the mapping that the memslot knows: KVM hears nothing of what happens to this one
mmap 0 len=2M as=view
access write 0x4000 len=4K map=view
signal mapped
after 180us punch 0x100000 len=4K expect=ok

[task vcpu0]
wait mapped
after 140us touch shared 0x4000 4K

[task kernel-mce]
wait mapped
memory-failure 0x4000
