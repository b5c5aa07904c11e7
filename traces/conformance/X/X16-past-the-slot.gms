gmemsim trace 1
# conformance: X16 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# A shared access just behind a slot is one of a device.
title = "just behind a slot"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vcpu0]
touch shared 12K 4K read expect=bytes:0
touch shared 16K 4K read expect=exit:mmio
touch shared 12K 8K write expect=exit:mmio,done=1
