gmemsim trace 1
# conformance: A7 [T]
# kernels: mainline inplace
# An invalid flag is refused together with valid ones, too. (The survey's early series had one more
# valid flag; here the valid ones are those of the kernel.)
title = "invalid flags beside valid ones"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
create f size=4K flags=0x5 expect=EINVAL
create f size=4K flags=0x6 expect=EINVAL
create f size=4K flags=0x7 expect=EINVAL
create f size=4K flags=0x21 expect=EINVAL
create f size=4K flags=0x22 expect=EINVAL
create f size=4K flags=0x23 expect=EINVAL
create f size=4K flags=0x101 expect=EINVAL
create f size=4K flags=0x102 expect=EINVAL
create f size=4K flags=0x103 expect=EINVAL
create f size=4K flags=0x801 expect=EINVAL
create f size=4K flags=0x802 expect=EINVAL
create f size=4K flags=0x803 expect=EINVAL
create f size=4K flags=0x4001 expect=EINVAL
create f size=4K flags=0x4002 expect=EINVAL
create f size=4K flags=0x4003 expect=EINVAL
create f size=4K flags=0x20001 expect=EINVAL
create f size=4K flags=0x20002 expect=EINVAL
create f size=4K flags=0x20003 expect=EINVAL
create f size=4K flags=0x100001 expect=EINVAL
create f size=4K flags=0x100002 expect=EINVAL
create f size=4K flags=0x100003 expect=EINVAL
create f size=4K flags=0x800001 expect=EINVAL
create f size=4K flags=0x800002 expect=EINVAL
create f size=4K flags=0x800003 expect=EINVAL
create f size=4K flags=0x4000001 expect=EINVAL
create f size=4K flags=0x4000002 expect=EINVAL
create f size=4K flags=0x4000003 expect=EINVAL
create f size=4K flags=0x20000001 expect=EINVAL
create f size=4K flags=0x20000002 expect=EINVAL
create f size=4K flags=0x20000003 expect=EINVAL
create f size=4K flags=0x100000001 expect=EINVAL
create f size=4K flags=0x100000002 expect=EINVAL
create f size=4K flags=0x100000003 expect=EINVAL
create f size=4K flags=0x800000001 expect=EINVAL
create f size=4K flags=0x800000002 expect=EINVAL
create f size=4K flags=0x800000003 expect=EINVAL
create f size=4K flags=0x4000000001 expect=EINVAL
create f size=4K flags=0x4000000002 expect=EINVAL
create f size=4K flags=0x4000000003 expect=EINVAL
create f size=4K flags=0x20000000001 expect=EINVAL
create f size=4K flags=0x20000000002 expect=EINVAL
create f size=4K flags=0x20000000003 expect=EINVAL
create f size=4K flags=0x100000000001 expect=EINVAL
create f size=4K flags=0x100000000002 expect=EINVAL
create f size=4K flags=0x100000000003 expect=EINVAL
create f size=4K flags=0x800000000001 expect=EINVAL
create f size=4K flags=0x800000000002 expect=EINVAL
create f size=4K flags=0x800000000003 expect=EINVAL
create f size=4K flags=0x4000000000001 expect=EINVAL
create f size=4K flags=0x4000000000002 expect=EINVAL
create f size=4K flags=0x4000000000003 expect=EINVAL
create f size=4K flags=0x20000000000001 expect=EINVAL
create f size=4K flags=0x20000000000002 expect=EINVAL
create f size=4K flags=0x20000000000003 expect=EINVAL
create f size=4K flags=0x100000000000001 expect=EINVAL
create f size=4K flags=0x100000000000002 expect=EINVAL
create f size=4K flags=0x100000000000003 expect=EINVAL
create f size=4K flags=0x800000000000001 expect=EINVAL
create f size=4K flags=0x800000000000002 expect=EINVAL
create f size=4K flags=0x800000000000003 expect=EINVAL
create f size=4K flags=0x4000000000000001 expect=EINVAL
create f size=4K flags=0x4000000000000002 expect=EINVAL
create f size=4K flags=0x4000000000000003 expect=EINVAL
