gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# What the process and the guest see of one page on its way to private and back.
#
# The file is mapped once and never unmapped; what an access may do is decided by the page's
# attribute at the moment of the fault. In place means that the bytes stay where they are.
#
# Look at: sigbus after the conversion, and the bytes each side left for the other.
title = "host access gets SIGBUS after a conversion; the content stays"
expect = none

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 2M
vcpus = 1
init = shared
mmap = yes

[task vmm]
mmap 0 len=64K as=m0
access write 0 len=4K value=0x41 map=m0
convert private 0 len=64K
access read 0 len=4K map=m0 expect=sigbus
signal private
wait written
convert shared 0 len=64K
access read 0 len=4K map=m0 expect=bytes:0x42
munmap m0
access read 0 len=4K expect=bytes:0x42

[task vcpu0]
wait private
touch private 0 4K read expect=bytes:0x41
touch private 0 4K write value=0x42
signal written

[final]
exists shared(vm0, 0)
