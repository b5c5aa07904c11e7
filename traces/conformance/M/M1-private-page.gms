gmemsim trace 1
# conformance: M1 M2 [T]
# kernels: inplace hugetlb-plan
# A private page fails: the guest's next access is EHWPOISON with a memory-fault exit, private, of that
# page. Punched, it reads zero.
title = "memory error in a private page"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 16K
init = private

[task vcpu0]
touch private 0 16K write value=0x12 expect=ok
barrier step
barrier step
touch private 4K 4K read expect=EHWPOISON,flags=8,gpa=4K,size=4K
touch private 8K 4K read expect=bytes:0x12
barrier step
barrier step
touch private 4K 4K read expect=bytes:0

[task kernel]
barrier step
memory-failure 4K expect=EBUSY
barrier step
barrier step
barrier step

[task vmm]
barrier step
barrier step
barrier step
punch 4K len=4K expect=ok
barrier step
