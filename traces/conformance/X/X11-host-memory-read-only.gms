gmemsim trace 1
# conformance: X11 [T]
# kernels: mainline inplace
# Host memory becomes read-only under a running guest: each write is EFAULT and no memory-fault exit;
# writable again, it works.
title = "host memory made read-only"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
mmap 0 len=16K anon as=ram
bind slot=1 gpa=1M offset=0 len=16K fd=none map=ram expect=ok
barrier step
barrier step
protect read 0 len=16K map=ram expect=ok
barrier step
barrier step
protect write 0 len=16K map=ram expect=ok
barrier step

[task vcpu0]
barrier step
touch shared 1M 16K write value=1 expect=ok
barrier step
barrier step
touch shared 1M 4K write value=2 expect=EFAULT
touch shared 0x101000 4K write value=2 expect=EFAULT
barrier step
barrier step
touch shared 1M 16K read expect=bytes:1
touch shared 1M 16K write value=3 expect=ok
