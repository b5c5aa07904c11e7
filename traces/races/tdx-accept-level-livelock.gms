gmemsim trace 1
# A guest accepts 4K of a page that the host has mapped in 2M.
#
# class: single-path
# ACCEPT of a part of a larger page that nobody has accepted is an exit, no error: the host has to split.
# Faulty: KVM maps in the size it likes, which is what is there; the guest exits again, for ever.
# Fixed (TDX huge pages v3, 13/24): the exit's level is a wish for good: what is there is split, and what comes
# will be as small.
title = "ACCEPT of 4K, 2M mapped"

[machine]
cpus = 2

[design]
kernel = hugetlb-plan

[tdx]
huge-pages = yes

[vm td0]
type = tdx
memory = 4M
vcpus = 2
backing = 2M
pending = 0..4M

[task vcpu0]
accept 0 len=8K level=4K
touch private 0 4K write
accept 1M len=4K level=4K

# another vCPU accepts in pieces of 2M: a split in between is a mismatch, and it goes on in 4K
[task vcpu1]
accept 2M len=2M expect=ok
after 1us accept 0 len=2M expect=ok
