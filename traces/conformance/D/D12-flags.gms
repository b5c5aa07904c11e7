gmemsim trace 1
# conformance: D12 D13 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Dirty logging (1) and read-only (2) do not go with a guest_memfd.
title = "dirty log and read-only slots of a file"
[vm vm0]
type = sw-protected
memory = 0

[task vmm]
create f size=16K expect=ok
bind slot=0 gpa=0 offset=0 len=16K gmem=f flags=1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K gmem=f flags=2 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K gmem=f flags=3 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K gmem=f expect=ok
