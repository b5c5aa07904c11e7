gmemsim trace 1
# conformance: X7 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# A vCPU without any memory cannot even fetch its first instruction.
title = "no memslots at all"

[design]
kernel = mainline

[vm vm0]
memory = 0

[task vcpu0]
touch shared 0xfffff000 4K exec expect=exit:internal_error
