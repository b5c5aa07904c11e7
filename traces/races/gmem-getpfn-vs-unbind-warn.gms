gmemsim trace 1
# Trap: a guest fault finds the binding of its slot gone.
#
# class: interleaving
# CPU 1's fault has its slot, inside SRCU.  CPU 0 deletes the slot, or closes the file, which takes the
# binding away; the slot itself lives until the fault is done.  "No binding" is legal there, and a
# warning about it was a false alarm; only a binding to another slot would be a defect.
title = "fault against release of the file"

[machine]
cpus = 2

[vm vm0]
memory = 64K
mmap = no
init = private
type = sw-protected

[cost]
filemap_lookup = 30us
syscall = 1us
slot_install = 40us
gmem_unbind = 10us

[task vcpu0]
repeat 3 { touch private 0 4K write }

[task vmm0]
at 10us close

[task vmm1]
at 60us unbind slot=0
