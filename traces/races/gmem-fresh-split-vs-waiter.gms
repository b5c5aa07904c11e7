gmemsim trace 1
# Two host faults meet at a huge page that is shared and not there yet.
#
# class: interleaving
# The first one allocates the huge folio, inserts it locked, and has to split it.  The second one finds it
# and sleeps on its lock, with a reference.  Faulty (December 2025): the first one gives the lock up without
# waking anybody, and spins until nobody but the page cache refers to the folio.
# Fixed: one maker at a time, waiters are woken, see a folio that is about to be split, and let go of it.
title = "a fresh folio is split under a sleeper"

[machine]
cpus = 3

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 8M
vcpus = 1
backing = 2M
mmap = yes

[cost]
attr_lookup = 10us
filemap_add = 5us

[task vmm0]
convert shared 0 len=2M expect=ok
signal shared
access read 0 len=4K

[task vmm1]
wait shared
after 8us access read 64K len=4K
