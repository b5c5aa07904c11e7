gmemsim trace 1
# A slot is deleted while its guest_memfd is being closed.
#
# class: interleaving
# CPU 0 deletes the memslot: slots_lock, the slot is replaced, readers are waited out.  CPU 1 closes the
# last descriptor of the file: the count is 0, and its release waits for slots_lock.  CPU 0 then unbinds:
# the file cannot be promoted any more.  Faulty: unbind takes that for "already released" and leaves the
# file's binding to the slot, which is freed; release walks the bindings and writes into it.
# Fixed (ae431059e75d): a dying file loses its binding just the same.
title = "memslot deleted while its file is dying"

[machine]
cpus = 2

[vm vm0]
memory = 64K
mmap = no

[cost]
slot_install = 100us

[task vmm0]
unbind slot=0

[task vmm1]
at 50us close
