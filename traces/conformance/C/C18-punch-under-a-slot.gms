gmemsim trace 1
# conformance: C18 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# A memslot over the range does not keep it from being punched; the guest faults new pages in.
title = "punch under a memslot"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vcpu0]
touch shared 0 16K write value=9 expect=ok
signal mapped
wait punched
touch shared 0 16K read expect=bytes:0

[task vmm]
wait mapped
punch 0 len=16K expect=ok
signal punched
