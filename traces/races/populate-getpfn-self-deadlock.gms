gmemsim trace 1
# Populate maps the page by the way of a guest fault, which takes the lock that populate holds.
#
# class: single-path
# Populate holds the invalidate lock exclusively when it hands a page to the architecture.  Faulty: that one
# maps it with the code of a guest fault, which looks the page up under the same lock, shared: it waits for
# itself.  Needs a kernel whose faults take the invalidate lock.
# Fixed (20251030200951.3402865-1-seanjc@google.com): the page that is known already is mapped.
title = "populate meets its own lock"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 64K
init = private

[task vmm]
mmap 0 len=64K anon as=image
populate 0 len=64K map=image expect=ok,done=16
