gmemsim trace 1
# The first huge page of a file cannot be converted.
#
# class: single-path
# Faulty (second RFC): the rollback walks from the huge page that failed down to the first one of the call,
# with an unsigned index and "as long as it is not below the first".  From 0 it goes on at the top, with the
# invalidate lock held.  Fixed: no rollback; each huge page is converted as a whole or not at all.
title = "a rollback that never ends"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 4M
vcpus = 1
backing = 2M

[task vmm]
allocate 0 len=4M expect=ok
convert shared 0 len=4M expect=ENOMEM fail=hvo_restore
