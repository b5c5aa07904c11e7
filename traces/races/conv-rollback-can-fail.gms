gmemsim trace 1
# A conversion fails for want of memory, and undoing it needs memory, too.
#
# class: single-path
# Faulty (second RFC): the folio leaves the page cache to be split, and comes back into it after a failure,
# which may have to allocate.  There it only warns: the file has a hole, and what the guest had in it is lost.
# Fixed: the folio stays in the page cache while it is split.
title = "a rollback that fails"

[design]
kernel = hugetlb-plan

[vm vm0]
memory = 2M
vcpus = 1
backing = 2M

[task vcpu0]
touch private 0 4K write value=7 expect=ok
signal written

[task vmm]
wait written
convert shared 0 len=2M expect=ENOMEM fail=hvo_restore
