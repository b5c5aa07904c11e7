gmemsim trace 1
# conformance: D6 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# The file has exactly the slot's size; every offset that is no multiple of a page is refused.
title = "bind at every offset inside a page"
[vm vm0]
type = sw-protected
memory = 0

[task vmm]
create f size=2M expect=ok
for o in 1..4095 {
	bind slot=0 gpa=0 offset=o len=2M gmem=f expect=EINVAL
}
create g size=4M expect=ok
bind slot=0 gpa=0 offset=1 len=2M gmem=g expect=EINVAL
bind slot=0 gpa=0 offset=4095 len=2M gmem=g expect=EINVAL
bind slot=0 gpa=0 offset=0 len=2M gmem=f expect=ok
