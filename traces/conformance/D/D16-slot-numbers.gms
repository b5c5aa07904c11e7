gmemsim trace 1
# conformance: D16 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# The last slot number is 32763; slot 32764 is refused. 300 slots next to each other stand for all of
# them.
title = "slots up to the limit"
[vm vm0]
memory = 0

[task vmm]
mmap 0 len=4M anon as=ram
for i in 0..299 {
	bind slot=i gpa=i*8K offset=0 len=8K fd=none map=ram expect=ok
}
bind slot=32763 gpa=1G offset=0 len=8K fd=none map=ram expect=ok
bind slot=32764 gpa=2G offset=0 len=8K fd=none map=ram expect=EINVAL
bind slot=32768 gpa=2G offset=0 len=8K fd=none map=ram expect=EINVAL
