gmemsim trace 1
# A page is given back before it is back in the direct map.
#
# class: interleaving
# CPU 0 and CPU 1 fault the same index of a file without direct map: each allocates a page, clears it and
# takes it out.  CPU 0's is inserted, CPU 1 gets EEXIST.  Faulty: CPU 1 frees its page and puts it back
# into the direct map afterwards; CPU 2 has allocated it in between, clears it for its own file, and the
# kernel faults.  Fixed (mm/secretmem.c, October 2025): back first, then freed.
title = "secret page freed outside the direct map"

[machine]
cpus = 3

[vm vm0]
gmem plain size=64K init=shared mmap=yes

[cost]
set_direct_map = 10us
filemap_add = 5us
interrupt = 200us

[task vmm0]
create s size=64K mmap=yes init=shared secret
mmap 0 len=64K gmem=s as=window
signal made
at 100us access write 0 len=4K map=window

[task vmm1]
wait made
at 101us access write 0 len=4K map=window

[task vmm2]
at 200us access write 0 len=4K gmem=plain
