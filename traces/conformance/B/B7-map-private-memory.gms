gmemsim trace 1
# conformance: B7 B8 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# A file whose memory is all private can be mapped; each access is SIGBUS.
title = "private memory is mapped, not accessed"

[design]
kernel = mainline

[vm vm0]
memory = 16K
init = private
mmap = yes

[task vmm]
mmap 0 len=16K as=all expect=ok
access write 0 len=4K map=all expect=sigbus
access read 0 len=4K map=all expect=sigbus

[final]
never present(vm0, 0)
