gmemsim trace 1
# conformance: D4 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# A file belongs to the VM it was made for: another VM may not bind it.
title = "bind the file of another VM"
[vm vm0]
type = sw-protected
gmem a size=16K
slot 0 gpa=0 len=16K

[vm vm1]
type = sw-protected
memory = 16K

[task vm1.vmm]
bind slot=1 gpa=1M offset=0 len=16K gmem=vm0.a expect=EINVAL
unbind slot=0 expect=ok
bind slot=0 gpa=0 offset=0 len=16K gmem=vm0.a expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K expect=ok
