gmemsim trace 1
# conformance: F2 E14 E15 [T]
# kernels: hugetlb-wip hugetlb-plan
# As E14 and E15: one page of a shared huge page becomes private and shared again, its neighbours do not.
title = "2M: one page of a shared huge page is converted, and back"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 4M
vcpus = 1
backing = 2M
mmap = yes

[task vmm]
convert shared 0 len=2M expect=ok
for p in 0..3 { access write 1M+4K*p len=4K value=0x40 }
access write 1M+4K len=4K value=0x41
convert private 1M+4K len=4K expect=ok
access read 1M len=4K expect=bytes:0x40
access read 1M+4K len=4K expect=sigbus
access read 1M+8K len=4K expect=bytes:0x40
signal private
wait seen
convert shared 1M+4K len=4K expect=ok
access read 1M+4K len=4K expect=bytes:0x42
access read 1M len=4K expect=bytes:0x40

[task vcpu0]
wait private
touch private 1M+4K 4K read expect=bytes:0x41
touch private 1M+4K 4K write value=0x42 expect=ok
touch shared 1M 4K read expect=bytes:0x40
signal seen
