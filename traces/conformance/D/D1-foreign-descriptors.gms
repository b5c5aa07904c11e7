gmemsim trace 1
# conformance: D1 D2 D3 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# What is bound has to be a guest_memfd: the system's descriptor, the VM's and an ordinary memfd are
# refused.
title = "bind other descriptors"
[vm vm0]
type = sw-protected
memory = 16K

[task vmm]
unbind slot=0 expect=ok
bind slot=0 gpa=0 offset=0 len=16K fd=system expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=vm expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=memfd expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K expect=ok
