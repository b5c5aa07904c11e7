gmemsim trace 1
# Populate faults its source in with the invalidate lock held; faults have the two locks the other way.
#
# class: interleaving
# CPU 0 populates a private page.  Faulty: it takes the invalidate lock and then asks for mmap_lock, to get
# the source page.  CPU 1 touches a shared page of the file: it has mmap_lock, shared, and waits for the
# invalidate lock.  CPU 2 maps something: it queues for mmap_lock behind CPU 1, and CPU 0 behind CPU 2.
# Fixed (2a62345b3052): the source first, one page at a time, then the invalidate lock.
title = "populate against a host fault and an mmap that queues between them"

[machine]
cpus = 3

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 128K
init = private
mmap = yes

[cost]
folio_copy = 100us

[task vmm0]
convert shared 64K len=64K
mmap 0 len=64K anon as=image
signal ready
populate 0 len=64K map=image expect=ok,done=16

[task vmm1]
wait ready
after 250us access write 64K len=4K

[task vmm2]
wait ready
after 270us mmap 0 len=4K anon
