gmemsim trace 1
# conformance: A19 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# A guest_memfd can neither be read nor written by system calls.
title = "read and write"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
access write 0 len=16K value=3
io read len=4K expect=EINVAL
io write len=4K expect=EINVAL
io pread offset=0 len=4K expect=ESPIPE
io pwrite offset=0 len=4K expect=ESPIPE
access read 0 len=16K expect=bytes:3
