gmemsim trace 1
# conformance: F2 E14 E15 [T]
# kernels: hugetlb-wip hugetlb-plan
# As E14 and E15: one page of a shared huge page becomes private and shared again, its neighbours do not.
title = "1G: one page of a shared huge page is converted, and back"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 2G
vcpus = 1
backing = 1G
mmap = yes

[task vmm]
convert shared 0 len=1G expect=ok
for p in 0..3 { access write 512M+4K*p len=4K value=0x40 }
access write 512M+4K len=4K value=0x41
convert private 512M+4K len=4K expect=ok
access read 512M len=4K expect=bytes:0x40
access read 512M+4K len=4K expect=sigbus
access read 512M+8K len=4K expect=bytes:0x40
signal private
wait seen
convert shared 512M+4K len=4K expect=ok
access read 512M+4K len=4K expect=bytes:0x42
access read 512M len=4K expect=bytes:0x40

[task vcpu0]
wait private
touch private 512M+4K 4K read expect=bytes:0x41
touch private 512M+4K 4K write value=0x42 expect=ok
touch shared 512M 4K read expect=bytes:0x40
signal seen
