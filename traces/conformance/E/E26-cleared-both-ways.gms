gmemsim trace 1
# conformance: E26 [T]
# kernels: inplace hugetlb-wip hugetlb-plan
# A conversion clears a TD's memory both ways: shared, host and guest read zero; private again, and
# accepted, the guest reads zero.
title = "a TD's memory is cleared both ways"

[design]
kernel = inplace

[vm td0]
type = tdx
memory = 64K
mmap = yes
accepted = all

[task vmm]
wait written
access read 0 len=4K expect=sigbus
convert shared 0 len=64K expect=ok
access read 0 len=64K expect=bytes:0
signal shared
wait seen
access write 0 len=64K value=0x66 expect=ok
convert private 0 len=64K expect=ok
signal private

[task vcpu0]
touch private 0 64K write value=0x55 expect=ok
touch private 0 64K read expect=bytes:0x55
signal written
wait shared
touch shared 0 64K read expect=bytes:0
signal seen
wait private
touch private 0 64K read expect=bytes:0

[final]
exists accepted(td0, 0)
