gmemsim trace 1
# conformance: Q9 [T]
# kernels: mainline inplace
# A TD has an ordinary slot with a dirty log; the guest writes it as shared.
title = "an ordinary slot with a dirty log in a TD"

[design]
kernel = mainline

[vm td0]
type = tdx
memory = 64K
vcpus = 1

[task vmm]
mmap 0 len=64K anon as=log
bind slot=1 gpa=1M offset=0 len=64K fd=none map=log flags=1 expect=ok
signal bound
wait written
access read 0 len=64K map=log expect=bytes:5

[task vcpu0]
wait bound
touch shared 1M 64K write value=5 expect=ok
touch shared 1M 64K read expect=bytes:5
signal written
