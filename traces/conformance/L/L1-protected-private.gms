gmemsim trace 1
# conformance: L1 L2 L4 L6 L7 [T]
# kernels: inplace hugetlb-wip hugetlb-plan
# A slot of 2M and a page. Prefaulting 2M does all of it; two pages from the last one on: one is done,
# then ENOENT with one left. Success shrinks what is left, failure does not; the guest then reads every
# page.
title = "prefault, protected-private"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
init = private
memory = 0
vcpus = 1

[task vmm]
create f size=2052K expect=ok
bind slot=0 gpa=1G offset=0 len=2052K gmem=f expect=ok
prefault 1G len=2M expect=ok,left=0,done=2M
prefault 0x40200000 len=8K expect=ok,left=4K,done=4K
prefault 0x40201000 len=4K expect=ENOENT,left=4K,done=0
prefault 1G len=2052K expect=ok,left=0
signal faulted

[task vcpu0]
wait faulted
touch private 1G 2052K read expect=bytes:0

[final]
exists allocated(vm0) == 513
exists mapped(vm0, 0x40200000)
