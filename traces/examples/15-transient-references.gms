gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
# engines: virtual
#
# EAGAIN without any pin: references that nobody in user space knows of.
#
# A page cache walker takes a reference for a moment (here: 200 us). A conversion that looks at the
# page in that moment finds one reference too many. Pages that sit in a per-CPU LRU batch have one
# too, but for these the kernel drains the batches and looks again.
#
# Look at: the first conversion fails, the same call a little later does not. (In virtual time it is
# sure to; on real threads the walker may come too late.)
title = "a speculative reference makes a conversion fail once"
expect = none

[machine]
cpus = 4

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 4M
init = shared
mmap = yes

[task vmm]
access write 0 len=64K
at 1ms convert private 0 len=64K expect=EAGAIN,error_offset=16K|ok
wait dropped
convert private 0 len=64K expect=ok

[task kworker0]
at 900us speculative-ref 0x4000 hold=1ms
signal dropped

[final]
exists private(vm0, 0)
exists refcount(vm0, 0x4000) == 1
