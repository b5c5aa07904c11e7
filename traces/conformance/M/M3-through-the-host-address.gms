gmemsim trace 1
# conformance: M3 [T]
# kernels: mainline inplace hugetlb-plan
# A shared page that the guest has through the process's address fails: its next access sends SIGBUS to
# the VMM. The page given back, the guest reads zero.
title = "memory error behind a host address"
[vm vm0]
memory = 0
vcpus = 1

[task vmm]
create f size=16K mmap=yes init=shared expect=ok
mmap 0 len=16K gmem=f as=ram
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram expect=ok
access write 0 len=16K map=ram value=0x12
barrier step
barrier step
advise hwpoison 4K len=4K map=ram expect=EBUSY
barrier step
barrier step
punch 4K len=4K gmem=f expect=ok
advise dontneed 4K len=4K map=ram expect=ok
barrier step

[task vcpu0]
barrier step
touch shared 0 16K read expect=bytes:0x12
barrier step
barrier step
touch shared 4K 4K read expect=EINTR
touch shared 8K 4K read expect=bytes:0x12
barrier step
barrier step
touch shared 4K 4K read expect=bytes:0
