gmemsim trace 1
# conformance: D15 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# The first version of the call refuses every flag but dirty logging and read-only, the one of guest_memfd
# included.
title = "flags in the first version of the call"
[vm vm0]
memory = 0

[task vmm]
create f size=16K expect=ok
mmap 0 len=16K anon as=ram
bind slot=0 gpa=0 offset=0 len=16K gmem=f v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x4 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x8 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x10 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x20 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x40 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x80 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x100 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x200 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x400 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x800 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x1000 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x2000 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x4000 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x8000 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x10000 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x20000 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x40000 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x80000 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x100000 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x200000 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x400000 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x800000 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x1000000 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x2000000 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x4000000 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x8000000 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x10000000 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x20000000 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x40000000 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x80000000 v1 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram v1 expect=ok
