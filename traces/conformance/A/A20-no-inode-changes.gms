gmemsim trace 1
# conformance: A20 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# No seeking, and no change of size, mode, owner, times or seals; a size that stays the same is no
# exception.
title = "changes of the inode"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
io lseek offset=0 expect=ESPIPE
io ftruncate len=16K expect=EINVAL
io ftruncate len=32K expect=EINVAL
io ftruncate len=4K expect=EINVAL
io chmod expect=EINVAL
io chown expect=EINVAL
io utimens expect=EINVAL
io fsync expect=EINVAL
io seals expect=EINVAL
stat expect=size=16K
