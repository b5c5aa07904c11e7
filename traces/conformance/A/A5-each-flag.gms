gmemsim trace 1
# conformance: A5 A9 [T]
# kernels: mainline inplace
# Each creation flag that the VM reports is accepted alone; a default VM reports both.
title = "flags that are valid"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
counter gmem_flags expect=value=3
create f size=4K flags=1 expect=ok
create g size=4K flags=2 expect=ok
