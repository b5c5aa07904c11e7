gmemsim trace 1
# conformance: B3 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Shared memory is written through a mapping of the whole file and read back.
title = "write, read back"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
mmap 0 len=16K as=all expect=ok
access write 0 len=16K map=all value=0xaa expect=ok
access read 0 len=16K map=all expect=bytes:0xaa

[final]
exists allocated(vm0) == 4
