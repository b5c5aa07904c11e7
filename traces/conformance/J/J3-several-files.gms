gmemsim trace 1
# conformance: J3 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Files of one VM are independent: sizes, inodes, content.
title = "several files of a VM"

[design]
kernel = mainline

[vm vm0]
gmem a size=16K
gmem b size=32K

[task vmm]
counter inodes expect=value=2
stat a expect=size=16K
stat b expect=size=32K
access write 0 len=16K gmem=a value=1
access write 0 len=32K gmem=b value=2
punch 0 len=8K gmem=a expect=ok
access read 0 len=8K gmem=a expect=bytes:0
access read 0 len=32K gmem=b expect=bytes:2
close a expect=ok
access read 16K len=16K gmem=b expect=bytes:2
