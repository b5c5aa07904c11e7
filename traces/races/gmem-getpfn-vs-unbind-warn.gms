gmemsim trace 1
# Trap: a guest fault has its slot, and the file has no binding to it.
#
# class: interleaving
# guard: touch guest 1
# The fault looks the binding up inside SRCU only, with the slot in its hand.  A missing binding is legal
# there: CPU 0 has installed the slot and not yet stored the binding, or has taken the binding away and
# not yet freed the slot.  A warning about it was a false alarm; the fault answers EIO or EFAULT.  Only a
# binding to another slot would be a defect: nobody can unbind and bind again inside one SRCU section.
title = "fault on a slot whose binding is not there yet"

[machine]
cpus = 2

[vm vm0]
type = sw-protected
memory = 64K
mmap = no

[cost]
gmem_bind = 100us

[task vmm0]
unbind slot=0
attributes private 0 len=64K
signal gone
at 1ms bind slot=0 gpa=0 offset=0 len=64K

[task vcpu0]
wait gone
at 1050us touch private 0 4K write expect=EIO|EFAULT|ok|exit:memory_fault
