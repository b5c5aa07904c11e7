gmemsim trace 1
# Initial memory whose PAGE.ADD failed is given back.
#
# class: single-path
# The leaf of the mirror comes before PAGE.ADD.  If that fails, a later zap finds the leaf in the mirror and
# calls BLOCK, which answers TDX_EPT_ENTRY_STATE_INCORRECT: the module has nothing there.
# Faulty: that kills the VM.  Fixed (v6.14): it is what a premapped leaf looks like.
title = "PAGE.ADD fails, and what it was for is zapped"

[machine]
cpus = 2

[design]
kernel = inplace

[vm td0]
type = tdx
memory = 64K
vcpus = 1
build = vcpus

[task vmm]
mmap anon 0 len=16K as=src
access write 0 len=16K map=src
populate 0 len=16K map=src fail=seamcall_mem_page_add expect=EBUSY
punch 0 len=16K expect=ok
populate 0 len=16K map=src expect=ok
finalize expect=ok
