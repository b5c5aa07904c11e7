gmemsim trace 1
# conformance: F22 [T]
# kernels: hugetlb-wip hugetlb-plan
# A TD that accepts 2M of a huge page at once gets it; where the host maps 4K pages it is told so
# (size mismatch), and accepts these.
title = "2M are accepted at once, or in small pages"

[design]
kernel = hugetlb-wip

[tdx]
huge-pages = yes

[vm td0]
type = tdx
memory = 4M
backing = 2M
vcpus = 1

[task vcpu0]
accept 0 len=2M expect=ok,done=512
expect leaf(td0, 0) == 2M
touch private 0 2M read expect=bytes:0
accept 0 len=2M level=2M expect=TDX_PAGE_ALREADY_ACCEPTED
# a touch of the other one has it mapped in 4K, or in 2M
touch private 2M 4K write value=3 expect=ok
accept 2M len=2M expect=ok
touch private 2M 4K read expect=bytes:3

[final]
exists accepted(td0, 2M)
