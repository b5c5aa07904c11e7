gmemsim trace 1
# conformance: A6 [T]
# kernels: mainline inplace
# Each single bit outside the flags that the VM reports is refused.
title = "flags that are not valid"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
create f size=4K flags=0x4 expect=EINVAL
create f size=4K flags=0x8 expect=EINVAL
create f size=4K flags=0x10 expect=EINVAL
create f size=4K flags=0x20 expect=EINVAL
create f size=4K flags=0x40 expect=EINVAL
create f size=4K flags=0x80 expect=EINVAL
create f size=4K flags=0x100 expect=EINVAL
create f size=4K flags=0x200 expect=EINVAL
create f size=4K flags=0x400 expect=EINVAL
create f size=4K flags=0x800 expect=EINVAL
create f size=4K flags=0x1000 expect=EINVAL
create f size=4K flags=0x2000 expect=EINVAL
create f size=4K flags=0x4000 expect=EINVAL
create f size=4K flags=0x8000 expect=EINVAL
create f size=4K flags=0x10000 expect=EINVAL
create f size=4K flags=0x20000 expect=EINVAL
create f size=4K flags=0x40000 expect=EINVAL
create f size=4K flags=0x80000 expect=EINVAL
create f size=4K flags=0x100000 expect=EINVAL
create f size=4K flags=0x200000 expect=EINVAL
create f size=4K flags=0x400000 expect=EINVAL
create f size=4K flags=0x800000 expect=EINVAL
create f size=4K flags=0x1000000 expect=EINVAL
create f size=4K flags=0x2000000 expect=EINVAL
create f size=4K flags=0x4000000 expect=EINVAL
create f size=4K flags=0x8000000 expect=EINVAL
create f size=4K flags=0x10000000 expect=EINVAL
create f size=4K flags=0x20000000 expect=EINVAL
create f size=4K flags=0x40000000 expect=EINVAL
create f size=4K flags=0x80000000 expect=EINVAL
create f size=4K flags=0x100000000 expect=EINVAL
create f size=4K flags=0x200000000 expect=EINVAL
create f size=4K flags=0x400000000 expect=EINVAL
create f size=4K flags=0x800000000 expect=EINVAL
create f size=4K flags=0x1000000000 expect=EINVAL
create f size=4K flags=0x2000000000 expect=EINVAL
create f size=4K flags=0x4000000000 expect=EINVAL
create f size=4K flags=0x8000000000 expect=EINVAL
create f size=4K flags=0x10000000000 expect=EINVAL
create f size=4K flags=0x20000000000 expect=EINVAL
create f size=4K flags=0x40000000000 expect=EINVAL
create f size=4K flags=0x80000000000 expect=EINVAL
create f size=4K flags=0x100000000000 expect=EINVAL
create f size=4K flags=0x200000000000 expect=EINVAL
create f size=4K flags=0x400000000000 expect=EINVAL
create f size=4K flags=0x800000000000 expect=EINVAL
create f size=4K flags=0x1000000000000 expect=EINVAL
create f size=4K flags=0x2000000000000 expect=EINVAL
create f size=4K flags=0x4000000000000 expect=EINVAL
create f size=4K flags=0x8000000000000 expect=EINVAL
create f size=4K flags=0x10000000000000 expect=EINVAL
create f size=4K flags=0x20000000000000 expect=EINVAL
create f size=4K flags=0x40000000000000 expect=EINVAL
create f size=4K flags=0x80000000000000 expect=EINVAL
create f size=4K flags=0x100000000000000 expect=EINVAL
create f size=4K flags=0x200000000000000 expect=EINVAL
create f size=4K flags=0x400000000000000 expect=EINVAL
create f size=4K flags=0x800000000000000 expect=EINVAL
create f size=4K flags=0x1000000000000000 expect=EINVAL
create f size=4K flags=0x2000000000000000 expect=EINVAL
create f size=4K flags=0x4000000000000000 expect=EINVAL
create f size=4K flags=0x8000000000000000 expect=EINVAL
