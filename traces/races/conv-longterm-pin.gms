gmemsim trace 1
# Trap: conversion to private fails as long as a device has the page pinned.
#
# class: single-path
# guard: convert vmm 20
# A long-term pin is a reference with an owner.  Each attempt to convert ends with EAGAIN until user space
# unpins; that is a wait for somebody, and no livelock however often it is tried.
title = "conversion against a long-term pin"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 64K
mmap = yes
init = shared

[task vmm0]
access write 0 len=16K
pin 4K len=4K longterm as=dma
repeat 20 { convert private 0 len=16K expect=EAGAIN,error_offset=4K }
unpin dma
convert private 0 len=16K expect=ok
