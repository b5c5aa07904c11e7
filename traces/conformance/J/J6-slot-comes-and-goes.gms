gmemsim trace 1
# conformance: J6 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Shared content outlives the memslot that shows it to the guest.
title = "a memslot comes and goes"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
access write 0 len=16K value=5
barrier step
barrier step
memslot-delete slot=0 expect=ok
access read 0 len=16K expect=bytes:6
bind slot=0 gpa=0 offset=0 len=16K expect=ok
barrier step

[task vcpu0]
barrier step
touch shared 0 16K read expect=bytes:5
touch shared 0 16K write value=6 expect=ok
barrier step
barrier step
touch shared 0 16K read expect=bytes:6
