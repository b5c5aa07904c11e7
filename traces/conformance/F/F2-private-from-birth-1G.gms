gmemsim trace 1
# conformance: F2 [T]
# kernels: hugetlb-wip hugetlb-plan
# As E9 to E11, before anything is allocated.
title = "1G: private from birth, then shared"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 1G
vcpus = 1
backing = 1G
mmap = yes

[task vmm]
access write 0 len=4K expect=sigbus
signal guest
wait written
access read 0 len=4K expect=sigbus
convert shared 0 len=1G expect=ok
access read 0 len=4K expect=bytes:0xa
access write 0 len=4K value=0xb expect=ok
signal shared
wait answered
access read 0 len=4K expect=bytes:0xc
access read 512M len=4K expect=ok

[task vcpu0]
wait guest
touch private 0 4K read expect=bytes:0
touch private 0 4K write value=0xa expect=ok
touch private 512M 4K write value=0xa expect=ok
signal written
wait shared
touch shared 0 4K read expect=bytes:0xb
touch shared 0 4K write value=0xc expect=ok
signal answered
