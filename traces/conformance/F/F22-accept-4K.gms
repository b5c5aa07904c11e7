gmemsim trace 1
# conformance: F22 [T]
# kernels: inplace mainline
# The host maps 4K pages: with the first of them there, 2M at once is a size mismatch.
title = "where the host maps 4K, that is what is accepted"

[design]
kernel = inplace

[vm td0]
type = tdx
memory = 2M
pending = 0..4K

[task vcpu0]
accept 0 len=2M expect=ok,done=512
accept 0 len=2M level=2M expect=TDX_PAGE_SIZE_MISMATCH

[final]
exists accepted(td0, 0)
exists accepted(td0, 0x1ff000)
never leaf(td0, 0) != 4K
