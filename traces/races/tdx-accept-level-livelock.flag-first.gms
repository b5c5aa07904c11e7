gmemsim trace 1
# A guest accepts 4K of a 2M page, and the host gets no memory to split it, once.
#
# class: single-path
# Faulty: that no larger page may be mapped there is written down before the split.  Who comes next finds the
# wish, takes it for done, and tries to map 4K below a 2M page, which a fault cannot split.
# Fixed: the split first.  The guest is told to try again, and then it works.
title = "the wish is written down before it is granted"

[machine]
cpus = 2

[design]
kernel = hugetlb-plan

[tdx]
huge-pages = yes

[vm td0]
type = tdx
memory = 4M
vcpus = 1
backing = 2M
pending = 0..2M

[task vcpu0]
accept 0 len=4K level=4K fail=split_sp expect=ENOMEM
accept 0 len=4K level=4K expect=ok|EIO
