gmemsim trace 1
# A fault on an index whose huge page is partly in the file.
#
# class: single-path
# A huge page is split because all of it is shared.  Faulty: hole punching takes a single page out of it.
# The next fault on that index finds nothing, allocates a huge page and cannot insert it: its neighbours are
# in the way.  -EEXIST means "somebody was faster" to the loop, which looks again and finds nothing, for ever,
# with the invalidate lock held shared.
# Fixed: holes are whole huge pages.
title = "an allocation that can never succeed"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 4M
vcpus = 1
backing = 2M
mmap = yes

[task vmm]
convert shared 0 len=2M expect=ok
access write 0 len=8K expect=ok
punch 4K len=4K expect=ok|EINVAL
access read 4K len=4K
