gmemsim trace 1
# One flag for "has content" and "is ready for the guest".
#
# class: single-path
# Populate without a source, in place: the guest gets what the page has.  The page is new, nobody has ever
# touched it.  Faulty: preparing it for the guest sets PG_uptodate, which for everybody else says that it
# was zeroed; the guest reads what an earlier owner left.
# Fixed: a new page is zeroed when populate looks it up (v8 of the in-place series); preparation is not
# tracked at all any more (8622ef05709f).
title = "populate of a page that never had content"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 64K
vcpus = 1
init = private

[task vmm]
populate 0 len=8K expect=ok,done=2
signal ready

[task vcpu0]
wait ready
touch private 0 4K expect=bytes:0
