gmemsim trace 1
# conformance: E29 [R]
# kernels: inplace hugetlb-plan
# Pages that were locked into memory, populated by advice or touched one by one may sit in batches of a
# CPU, with a reference; these are emptied before a conversion gives up. (Not in hugetlb-wip, which does
# not drain.)
title = "mlock, populate, touch: batches"

[design]
kernel = inplace

[machine]
cpus = 2

[vm vm0]
type = sw-protected
memory = 256K
init = shared
mmap = yes

[task vmm]
mlock 0 len=16K expect=ok
convert private 0 len=16K expect=ok
advise populate-write 16K len=48K expect=ok
convert private 16K len=48K expect=ok
for at in 64K..252K step=4K {
	access write 1*at len=4K value=1 expect=ok
}
convert private 64K len=192K expect=ok
munlock 0 len=16K expect=ok

[final]
exists private(vm0, 0)
exists private(vm0, 0x3f000)
