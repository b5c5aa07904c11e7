gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# A long-term pin makes a conversion to private fail; user space unpins and asks again.
#
# The kernel unmaps the range from the process first and then looks for references it does not
# know. A pin (VFIO, io_uring) is one that no unmap can take away: the answer is EAGAIN, and
# error_offset says which page was the first. Nothing has been converted by then, but the process
# has to fault its pages in again.
#
# Look at: error_offset, and that the second page of the range is still shared after EAGAIN.
title = "EAGAIN from a pinned page, unpin, retry"
expect = none

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 4M
init = shared
mmap = yes

[task vmm]
access write 0 len=256K value=0x41
pin 0x8000 len=16K longterm as=dma
convert private 0 len=2M expect=EAGAIN,error_offset=32K
expect shared(vm0, 0x1000)
expect pinned(vm0, 0x8000)
# a page that nobody pins can go
convert private 1M len=64K expect=ok
unpin dma
convert private 0 len=2M expect=ok

[final]
exists private(vm0, 0x8000)
never pinned(vm0, 0x8000)
