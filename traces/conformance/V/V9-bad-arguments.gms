gmemsim trace 1
# conformance: V9 [K]
# The attribute call refuses unknown bits, flags, size 0, what is not in whole pages, and what wraps.
title = "bad arguments of the VM's attributes"
[design]
kernel = mainline

[vm vm0]
type = sw-protected
memory = 16K

[task vmm]
attributes private 0 len=4K attrs=1 expect=EINVAL
attributes private 0 len=4K attrs=9 expect=EINVAL
attributes private 0 len=4K attrs=0x10 expect=EINVAL
attributes private 0 len=4K flags=1 expect=EINVAL
attributes private 0 len=0 expect=EINVAL
attributes private 1 len=4K expect=EINVAL
attributes private 0 len=4097 expect=EINVAL
attributes private 0xfffffffffffff000 len=8K expect=EINVAL
attributes private 0 len=4K expect=ok
attributes private 0 len=4K attrs=0 expect=ok
