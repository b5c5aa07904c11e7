gmemsim trace 1
# conformance: D25 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Guest address, size and host address are in whole pages; a new slot has a size; only slots that exist
# can be deleted; the number is in range.
title = "bad arguments of a slot"
[vm vm0]
type = sw-protected
memory = 0

[task vmm]
create f size=16K expect=ok
mmap 0 len=16K anon as=ram
bind slot=0 gpa=1 offset=0 len=16K gmem=f expect=EINVAL
bind slot=0 gpa=0 offset=0 len=4097 gmem=f expect=EINVAL
bind slot=0 gpa=0 offset=1 len=4K fd=none map=ram expect=EINVAL
bind slot=0 gpa=0 offset=0 len=0 gmem=f expect=EINVAL
unbind slot=5 expect=EINVAL
bind slot=70000 gpa=0 offset=0 len=16K gmem=f expect=EINVAL
