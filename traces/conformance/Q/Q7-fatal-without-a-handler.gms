gmemsim trace 1
# conformance: Q7 [T]
# A guest without such a handler, as Linux: it says that it cannot go on.
title = "#VE without a handler"

[vm td0]
type = tdx
memory = 64K
vcpus = 1
pending = all
accept = none

[task vcpu0]
touch private 0 4K read expect=exit:system_event

[final]
exists pending(td0, 0)
