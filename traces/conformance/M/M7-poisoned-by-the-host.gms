gmemsim trace 1
# conformance: M7 M8 [O]
# kernels: mainline inplace hugetlb-plan
# The VMM declares a shared page poisoned: EBUSY; its touch is SIGBUS, the guest's EHWPOISON with a
# memory-fault exit, shared, of that page. Punched: the guest reads zero, the VMM still gets SIGBUS
# through the address that had the page, and zero through a new mapping.
title = "a shared page poisoned by the host"
[vm vm0]
memory = 16K
vcpus = 1

[task vmm]
access write 0 len=16K value=0x12
barrier step
barrier step
advise hwpoison 4K len=4K expect=EBUSY
access read 4K len=4K expect=sigbus
access read 0 len=4K expect=bytes:0x12
barrier step
barrier step
punch 4K len=4K expect=ok
access read 4K len=4K expect=sigbus
mmap 0 len=16K as=again
access read 4K len=4K map=again expect=bytes:0
barrier step

[task vcpu0]
barrier step
touch shared 4K 4K read expect=bytes:0x12
barrier step
barrier step
touch shared 4K 4K read expect=EHWPOISON,flags=0,gpa=4K,size=4K
barrier step
barrier step
touch shared 4K 4K read expect=bytes:0
