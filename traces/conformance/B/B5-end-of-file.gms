gmemsim trace 1
# conformance: B5 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# A mapping may be longer than the file; an access behind the end is SIGBUS, and what was written before
# the end stays.
title = "the end of the file"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
mmap 0 len=64K as=long expect=ok
access write 0 len=64K map=long value=0x5a expect=sigbus,done=4
access read 16K len=4K map=long expect=sigbus
access read 0 len=16K map=long expect=bytes:0x5a
