gmemsim trace 1
# A guest fault takes a reference to a file through a pointer to the one before.
#
# class: interleaving
# Files are type-safe by RCU: the memory of a closed one is the next one's.  CPU 0's fault has read the file
# pointer of its slot.  CPU 1 closes the file, deletes the slot, creates another file and slot in the
# same memory.  CPU 0's tryget succeeds, and the pointer in the slot still is what it was.
# The guard: replacing a slot waits for SRCU readers, and the fault is one.  Removed here.
title = "file and slot replaced under a fault"

[machine]
cpus = 2

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 64K
mmap = no

[cost]
interrupt = 200us

[task vcpu0]
at 10us touch private 0 4K write

[task vmm0]
at 50us close
unbind slot=0
create other size=128K mmap=no
bind slot=0 gpa=0 offset=64K len=64K gmem=other
