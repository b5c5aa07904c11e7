gmemsim trace 1
# Conversion while a host fault is on its way to its PTE and has no reference any more.
#
# class: interleaving
# guard: convert vmm 1
# A host fault finds a shared page under the invalidate lock, drops that lock, and sets the PTE later.
# Meanwhile CPU 0 converts the page to private.  The guard: unmap first, then compare the reference count;
# the fault's reference makes it EAGAIN.  Removed here: the fault drops
# its reference before the PTE is set, so the count looks right.
title = "host fault without reference against conversion"

[machine]
cpus = 2

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 16K
mmap = yes
init = shared

[cost]
folio_zero = 100us

[task vmm1]
allocate 0 len=4K
lru-drain
at 1ms access write 0 len=4K

[task vmm0]
at 1050us convert private 0 len=4K
