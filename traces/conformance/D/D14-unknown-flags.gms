gmemsim trace 1
# conformance: D14 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Every flag bit that the call does not know. (Bit 2 says that there is a guest_memfd; without one it is
# refused as well.)
title = "each unknown flag of a slot"
[vm vm0]
type = sw-protected
memory = 0

[task vmm]
mmap 0 len=16K anon as=ram
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=4 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x8 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x10 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x20 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x40 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x80 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x100 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x200 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x400 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x800 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x1000 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x2000 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x4000 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x8000 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x10000 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x20000 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x40000 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x80000 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x100000 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x200000 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x400000 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x800000 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x1000000 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x2000000 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x4000000 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x8000000 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x10000000 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x20000000 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x40000000 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram flags=0x80000000 expect=EINVAL
bind slot=0 gpa=0 offset=0 len=16K fd=none map=ram expect=ok
