gmemsim trace 1
# conformance: D24 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Offset and length have to lie inside the file, wrapping included.
title = "ranges past the end of the file"
[vm vm0]
type = sw-protected
memory = 0

[task vmm]
create f size=16K expect=ok
bind slot=0 gpa=0 offset=4K len=16K gmem=f expect=EINVAL
bind slot=0 gpa=0 offset=16K len=4K gmem=f expect=EINVAL
bind slot=0 gpa=0 offset=0xfffffffffffff000 len=4K gmem=f expect=EINVAL
bind slot=0 gpa=0 offset=0x8000000000000000 len=4K gmem=f expect=EINVAL
bind slot=0 gpa=0 offset=0x7ffffffffffff000 len=8K gmem=f expect=EINVAL
bind slot=0 gpa=0 offset=12K len=4K gmem=f expect=ok
