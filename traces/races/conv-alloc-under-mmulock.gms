gmemsim trace 1
# A hole is punched into a file that a VM has bound.
#
# class: single-path
# Faulty: the zap notes which VMs it has invalidated in a list, whose entries it allocates with mmu_lock, a
# spinning lock, held: "sleeping function called from invalid context".  Fixed: there is no such list.
title = "an allocation under mmu_lock"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 2M
vcpus = 1
backing = 2M

[task vcpu0]
touch private 0 4K write
signal mapped

[task vmm]
wait mapped
punch 0 len=2M expect=ok
