gmemsim trace 1
# A conversion fails for want of memory when the guest's page is gone already.
#
# class: single-path
# The guest has written a private page whose removal from the page table destroys it, as in a TD.  It becomes
# shared; undoing the optimisation of the memory map, which the split of the folio needs, finds no memory.
# Faulty (December 2025): the mapping is zapped first.  The call fails, the page is private still, and what
# the guest had in it is lost.  Fixed (plan of January 2026): whatever can fail comes before the zap.
title = "the conversion failed, and the content is gone"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 2M
vcpus = 1
backing = 2M
private-zap = destroys

[task vcpu0]
touch private 0 4K write value=7 expect=ok
signal written
wait failed
touch private 0 4K read

[task vmm]
wait written
convert shared 0 len=4K expect=ENOMEM fail=hvo_restore
signal failed
