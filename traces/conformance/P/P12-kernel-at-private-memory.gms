gmemsim trace 1
# conformance: P12 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Private memory does not, in the same ways: EFAULT, and EIO through /proc/PID/mem.
title = "the kernel at private memory"
[vm vm0]
type = sw-protected
memory = 16K
init = private
mmap = yes

[task vmm]
pin 0 len=4K via=pipe as=pipe expect=EFAULT
access write 0 len=4K via=copy expect=EFAULT
access read 0 len=4K via=copy expect=EFAULT
access write 0 len=4K via=process-vm expect=EFAULT
access read 0 len=4K via=process-vm expect=EFAULT
access write 0 len=4K via=direct expect=EFAULT
access read 0 len=4K via=direct expect=EFAULT
access write 0 len=4K via=proc-mem expect=EIO
access read 0 len=4K via=proc-mem expect=EIO

[final]
exists allocated(vm0) == 0
