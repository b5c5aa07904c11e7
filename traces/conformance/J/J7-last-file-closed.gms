gmemsim trace 1
# conformance: J7 [K]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# The last descriptor of the file is closed under its memslot: guest accesses end in a memory-fault exit
# that says nothing is private.
title = "last descriptor closed under a slot"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
create f size=16K mmap=yes init=shared expect=ok
bind slot=1 gpa=1M offset=0 len=16K gmem=f expect=ok
barrier step
barrier step
counter inodes expect=value=2
close f expect=ok
counter inodes expect=value=1
barrier step

[task vcpu0]
barrier step
touch shared 1M 16K write value=1 expect=ok
barrier step
barrier step
touch shared 1M 4K read expect=exit:memory_fault(flags=0,gpa=1M,size=4K)
touch shared 0x102000 4K write expect=exit:memory_fault(flags=0,gpa=0x102000,size=4K)
touch shared 0 4K read expect=bytes:0
