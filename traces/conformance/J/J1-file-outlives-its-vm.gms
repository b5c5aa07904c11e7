gmemsim trace 1
# conformance: J1 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# The file keeps the VM alive: with the VM and its vCPUs closed it still allocates and punches. With the
# last file the VM goes.
title = "a file outlives its VM"

[design]
kernel = mainline

[vm vm0]
memory = 16K
mmap = no

[task vmm]
dup expect=ok
close fd=vm expect=ok
counter vms expect=value=1
allocate 0 len=16K expect=ok
punch 0 len=8K expect=ok
state 8K expect=present=1
memslot-delete slot=0 expect=EBADF
create f size=4K expect=EBADF
close expect=ok
counter vms expect=value=1
close expect=ok
counter vms expect=value=0
counter inodes expect=value=0
lru-drain
counter pages expect=value=0
close expect=EBADF
