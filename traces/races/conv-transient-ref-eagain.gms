gmemsim trace 1
# A conversion is refused because of a reference that belongs to nobody.
#
# class: single-path
# A fault of CPU 1 has put the page into the page cache and its folio into CPU 1's batch, which holds one
# more reference.  CPU 0 converts: unmap, compare the count, EAGAIN.  Faulty: nothing empties the batch,
# so user space can ask for ever.  Fixed (v7): the batches are drained once before the count is believed.
title = "EAGAIN from a per-CPU batch"

[machine]
cpus = 2

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 64K
mmap = yes
init = shared

[task vmm1 cpu=1]
access write 0 len=4K
signal there

[task vmm0 cpu=0]
wait there
repeat 5 { convert private 0 len=4K }
