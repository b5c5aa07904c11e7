gmemsim trace 1
# conformance: P11 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Shared memory works for every way the kernel has to user memory: vmsplice, read and write,
# process_vm_readv and writev, /proc/PID/mem, O_DIRECT.
title = "the kernel reads and writes shared memory"
[vm vm0]
memory = 16K

[task vmm]
access write 0 len=16K via=copy value=0x11 expect=ok,done=4
access read 0 len=16K via=copy expect=bytes:0x11
access write 0 len=16K via=process-vm value=0x12 expect=ok,done=4
access read 0 len=16K via=process-vm expect=bytes:0x12
access write 0 len=16K via=direct value=0x13 expect=ok,done=4
access read 0 len=16K via=direct expect=bytes:0x13
access write 0 len=16K via=proc-mem value=0x14 expect=ok,done=4
access read 0 len=16K via=proc-mem expect=bytes:0x14
pin 0 len=4K via=pipe as=pipe expect=ok,done=1
unpin pipe expect=bytes:0x14
