gmemsim trace 1
# conformance: X14 [K]
# kernels: mainline inplace
# A memory-fault exit counts only with EFAULT or EHWPOISON. A vCPU that could not get memory returns
# ENOMEM and nothing else, also after an exit that counted.
title = "what a memory-fault exit goes with"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
create f size=16K mmap=yes init=shared expect=ok
bind slot=1 gpa=1M offset=0 len=16K gmem=f expect=ok
create g size=16K mmap=yes init=shared expect=ok
bind slot=2 gpa=2M offset=0 len=16K gmem=g expect=ok
close f expect=ok
signal closed
wait touched
signal done

[task vcpu0]
wait closed
touch shared 1M 4K read expect=exit:memory_fault(flags=0,gpa=1M,size=4K)
touch shared 2M 4K read fail=folio_alloc expect=ENOMEM
touch shared 2M 4K read expect=bytes:0
signal touched

[task kernel]
wait touched
memory-failure 0 gmem=vm0.g
signal failed

[task vcpu1]
wait failed
touch shared 2M 4K read expect=EHWPOISON,flags=0,gpa=2M,size=4K
