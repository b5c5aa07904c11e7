gmemsim trace 1
# conformance: H3 H6 [T]
# kernels: hugetlb-wip hugetlb-plan
# A private huge page with data is punched: it stays private, and reads zero.
title = "2M: a punched private huge page stays private"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 4M
vcpus = 1
backing = 2M
mmap = yes

[task vcpu0]
touch private 0 4K write value=0x77 expect=ok
signal written
wait punched
touch private 0 4K read expect=bytes:0
touch private 0 4K write value=0x78 expect=ok
touch private 0 4K read expect=bytes:0x78

[task vmm]
wait written
punch 0 len=2M expect=ok
access read 0 len=4K expect=sigbus
signal punched

[final]
exists private(vm0, 0)
exists refcount(vm0, 0) == 512
