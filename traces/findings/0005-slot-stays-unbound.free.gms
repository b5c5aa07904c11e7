gmemsim trace 1
# As 0005, where a memslot is bound before it is installed: there is nothing to take out again.
title = "a memslot that cannot be bound is not installed"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 8K
vcpus = 1

[task vmm]
bind slot=1 gpa=1G offset=4K len=4K expect=EINVAL
