gmemsim trace 1
# conformance: A11 [K]
# kernels: mainline inplace
# A VM with private memory has both flags where the file itself knows what is private. Where the VM
# knows, such a VM cannot have shared memory in the file.
title = "flags of a VM with private memory"

[design]
kernel = mainline

[vm vm0]
type = sw-protected
memory = 16K

[task vmm]
counter gmem_flags expect=value=3@inplace|value=1@mainline
create f size=4K flags=1 expect=ok
create g size=4K flags=3 expect=ok@inplace|EINVAL@mainline
