gmemsim trace 1
# A huge page becomes shared when a memory error in it has been handled, or is about to be.
#
# free: hugetlb-plan
title = "a split spins for a reference that nobody will drop"
expect = deadlock

[design]
kernel = hugetlb-wip

[vm vm0]
type = sw-protected
memory = 2M
vcpus = 1
backing = 2M

[task vmm]
allocate 0 len=2M expect=ok
convert shared 0 len=4K

[task kernel0]
memory-failure 0

[machine]
scheduler = search

[schedule]
engine = virtual
explored = yes
model = 0xb8502ec56804476
config = 0xbca7f9710ec8640c
finding = 1
seed = 3681697457321254924
fingerprint = 0x478192a678fb3916
steps = 71
preemptions = 1
zero-values = yes
depart = 46 kernel0/4 after vmm/3@40 0xf9d0366861872a21
