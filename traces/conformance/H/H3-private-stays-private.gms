gmemsim trace 1
# conformance: H3 [T]
# kernels: inplace hugetlb-wip hugetlb-plan
# A hole in private memory: the host still gets SIGBUS, the guest reads zero.
title = "punch a private page"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 16K
init = private
mmap = yes

[task vcpu0]
touch private 0 4K write value=0x77 expect=ok
signal written
wait punched
touch private 0 4K read expect=bytes:0

[task vmm]
wait written
punch 0 len=4K expect=ok
access read 0 len=4K expect=sigbus
signal punched

[final]
exists private(vm0, 0)
