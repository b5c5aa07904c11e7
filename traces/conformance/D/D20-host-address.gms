gmemsim trace 1
# conformance: D20 D22 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Nobody compares a slot's host address with its file: none is fine, and so is where the same range is
# mapped.
title = "slots with and without a host address"
[vm vm0]
memory = 0
vcpus = 1

[task vmm]
create f size=16K mmap=yes init=shared expect=ok
bind slot=0 gpa=0 offset=0 len=16K gmem=f expect=ok
unbind slot=0 expect=ok
mmap 0 len=16K gmem=f as=same
bind slot=0 gpa=0 offset=0 len=16K gmem=f map=same expect=ok
access write 4K len=4K map=same value=0x42
signal bound

[task vcpu0]
wait bound
touch shared 4K 4K read expect=bytes:0x42
