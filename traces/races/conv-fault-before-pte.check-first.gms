gmemsim trace 1
# Conversion that looks at the count first and unmaps afterwards, against a fast GUP.
#
# class: interleaving
# guard: convert vmm 1
# A host fault finds a shared page under the invalidate lock, drops that lock, and sets the PTE later.
# Meanwhile CPU 0 converts the page to private.  The guard: unmap first, then compare the reference count;
# the fault's reference makes it EAGAIN.  Removed here: the order.  The page
# is mapped and the count explained by that; a fast GUP takes its reference through the PTE before it goes.
title = "GUP between the count and the unmap"

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
mmu_notifier = 100us

[task vmm1]
access write 0 len=4K
at 1050us pin 0 len=4K as=p0

[task vmm0]
at 1ms convert private 0 len=4K
