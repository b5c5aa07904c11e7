gmemsim trace 1
# conformance: E27 [T]
# kernels: inplace hugetlb-wip hugetlb-plan
# Private and shared bytes are the same memory: a hole punched while private is zero when shared again.
title = "punched while private"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 16K
init = shared
mmap = yes

[task vmm]
access write 0 len=16K value=1
convert private 0 len=16K expect=ok
barrier step
barrier step
punch 4K len=8K expect=ok
convert shared 0 len=16K expect=ok
access read 0 len=4K expect=bytes:2
access read 4K len=8K expect=bytes:0
access read 12K len=4K expect=bytes:2

[task vcpu0]
barrier step
touch private 0 16K read expect=bytes:1
touch private 0 16K write value=2 expect=ok
barrier step
