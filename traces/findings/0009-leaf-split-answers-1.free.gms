gmemsim trace 1
# As 0009: the caller learns that there was no memory.
title = "the leaf split's errno is an errno"

[design]
kernel = hugetlb-plan

[vm vm0]
type = sw-protected
memory = 2M
vcpus = 1
backing = 2M

[task vcpu0]
touch private 0 4K write
signal mapped

[task vmm]
wait mapped
convert shared 0 len=4K expect=ENOMEM fail=split_sp:1
