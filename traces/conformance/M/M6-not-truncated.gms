gmemsim trace 1
# conformance: M6 [K]
# kernels: mainline inplace hugetlb-plan
# The handler takes the page out of the guest and leaves it in the file; the next guest fault is
# EHWPOISON.
title = "what the handler does"
[vm vm0]
memory = 16K

[task vcpu0]
touch shared 4K 4K write value=0x12 expect=ok
expect mapped(vm0, 0x1000)
barrier step
barrier step
expect never mapped(vm0, 0x1000)
expect present(vm0, 0x1000)
touch shared 4K 4K read expect=EHWPOISON

[task kernel]
barrier step
memory-failure 4K expect=EBUSY
barrier step

[final]
exists present(vm0, 0x1000)
never mapped(vm0, 0x1000)
