gmemsim trace 1
# A page becomes shared, and its neighbours lose their content.
#
# class: single-path
# The guest has written two private pages of one 2M mapping whose removal from the page table destroys what is
# in it, as in a TD.  One of them becomes shared.  A zap takes leaves as a whole.
# Faulty: the leaf goes as it is, and the other page comes back empty, to a guest that has accepted it before.
# Fixed (TDX huge pages, January 2026): the leaves at both ends of the range are split first.
title = "the neighbour of the converted page is gone"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 2M
vcpus = 1
backing = 2M
private-zap = destroys

[task vcpu0]
touch private 0 4K write value=7 expect=ok
touch private 1M 4K write value=8 expect=ok
signal written
wait converted
touch private 0 4K read expect=bytes:7

[task vmm]
wait written
expect leaf(vm0, 0) == 2M
convert shared 1M len=4K expect=ok
signal converted
