gmemsim trace 1
# conformance: D27 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# A deleted slot's range of the file can be bound elsewhere.
title = "bind a freed range elsewhere"
[vm vm0]
type = sw-protected
memory = 16K

[task vmm]
unbind slot=0 expect=ok
bind slot=3 gpa=1M offset=0 len=16K expect=ok
