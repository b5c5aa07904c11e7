gmemsim trace 1
# conformance: D26 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# A slot with a guest_memfd can only be deleted: set again, unchanged, with another host address, moved,
# resized, over another offset, or without its file, it is refused.
title = "change a slot that has a file"
[vm vm0]
type = sw-protected
memory = 0

[task vmm]
create f size=32K expect=ok
mmap 0 len=32K anon as=ram
mmap 0 len=32K anon as=other
bind slot=0 gpa=1M offset=0 len=16K gmem=f map=ram expect=ok
bind slot=0 gpa=1M offset=0 len=16K gmem=f map=ram expect=EINVAL
bind slot=0 gpa=1M offset=0 len=16K gmem=f map=other expect=EINVAL
bind slot=0 gpa=2M offset=0 len=16K gmem=f map=ram expect=EINVAL
bind slot=0 gpa=1M offset=0 len=8K gmem=f map=ram expect=EINVAL
bind slot=0 gpa=1M offset=16K len=16K gmem=f map=ram expect=EINVAL
bind slot=0 gpa=1M offset=0 len=16K fd=none map=ram expect=EINVAL
unbind slot=0 expect=ok
