gmemsim trace 1
# Two accesses put the same page into the direct map, and the first to finish takes it out.
#
# class: interleaving
# The page of a file without direct map is put back for the time in which KVM copies from it.  CPU 0 maps
# it and copies; CPU 1 maps it (it is there) and copies; CPU 0 is done and unmaps it under CPU 1, which
# faults.  Fixed (as the RFC says): the folio lock is held from the mapping to the unmapping.
title = "overlapping temporary direct maps"

[machine]
cpus = 2

[vm vm0]
gmem plain size=64K init=shared mmap=yes
slot 0 gpa=0 len=64K gmem=plain

[task vmm0]
create s size=64K mmap=yes init=shared secret
bind slot=1 gpa=1M offset=0 len=64K gmem=s
signal bound
at 100us kvm-access write 1M hold=50us

[task vmm1]
wait bound
at 130us kvm-access read 1M hold=50us
