gmemsim trace 1
# conformance: D28 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# The file is closed while it is bound: its slot is still there, in the way of another one, until it is
# deleted.
title = "a slot without its file is in the way"
[vm vm0]
type = sw-protected
memory = 0

[task vmm]
create f size=16K expect=ok
create g size=16K expect=ok
bind slot=0 gpa=0 offset=0 len=16K gmem=f expect=ok
close f expect=ok
bind slot=1 gpa=0 offset=0 len=16K gmem=g expect=EEXIST
unbind slot=0 expect=ok
bind slot=1 gpa=0 offset=0 len=16K gmem=g expect=ok
