gmemsim trace 1
# A memslot is bound without memory for the tree of bindings, and the call succeeds; then the file is closed.
#
# free: mainline
# whole: yes
title = "the result of xa_store_range() is not looked at"
expect = error-atomic, lifetime

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 1M
vcpus = 1
gmem gmem size=1M
slot 0 gpa=0 len=4K

[task vmm]
unbind slot=0
bind slot=1 gpa=1G offset=0x80000 len=512K fail=xa_node
close

[machine]
scheduler = search

[schedule]
engine = virtual
explored = yes
model = 0xb8502ec56804476
config = 0x6cee68f355023c1a
finding = 1
seed = 1
fingerprint = 0xc9967ef6d1cdb93f
steps = 84
preemptions = 1
all-points = yes
depart = 1 vmm/1 after kworker_0/0@1 0x6bf59f3fff47481a
