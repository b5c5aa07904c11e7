gmemsim trace 1
# conformance: B16 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Huge pages cannot be asked for; a shared mapping whose flags are validated can.
title = "MAP_HUGETLB, MAP_SHARED_VALIDATE"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
mmap 0 len=16K hugetlb expect=EINVAL
mmap 0 len=16K validate as=v expect=ok
access write 0 len=16K map=v value=6 expect=ok
access read 0 len=16K expect=bytes:6
