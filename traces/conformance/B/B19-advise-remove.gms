gmemsim trace 1
# conformance: B19 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Advice to remove a page punches a hole: the page reads zero, the others keep their bytes.
title = "MADV_REMOVE"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
access write 0 len=16K value=0x33 expect=ok
advise remove 4K len=4K expect=ok
state 4K expect=present=0
access read 4K len=4K expect=bytes:0
access read 0 len=4K expect=bytes:0x33
access read 8K len=8K expect=bytes:0x33
