gmemsim trace 1
# A walker of the page cache meets a huge page that is being split.
#
# class: interleaving
# The split has frozen the reference count, and waits for a grace period before it remaps the struct pages,
# because speculative walkers may look at them.  The walker has found the folio and cannot get a reference to
# it; "somebody is about to free it" is what that means to it, so it looks again.  Faulty: it does so in one
# RCU read section, whose end the grace period waits for, and so does the walker for the end of the split.
# Needs the optimised memory map: hugetlb's own splits are of pages that are in no page cache.
# Fixed: the walker leaves its read section before it looks again.
title = "a lookup spins for a folio whose owner waits for the lookup"

[machine]
cpus = 3

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 2M
vcpus = 1
backing = 2M

[cost]
rcu_grace_period = 100us

[task vmm0]
allocate 0 len=2M expect=ok
at 50us convert shared 0 len=64K expect=ok|EAGAIN

[task kernel0]
at 60us speculative-ref 1M
