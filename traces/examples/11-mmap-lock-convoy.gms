gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# A host fault holds mmap_lock while it waits for the invalidate_lock.
#
# A fault on a guest_memfd mapping runs under mmap_lock. While it stands behind a conversion, one
# mmap() of anything in that process queues as a writer, and from then on every other fault that
# needs mmap_lock stands behind the writer. One conversion has stopped the VMM.
#
# Look at: waits for mmap_lock, and that the task that waits longest is not the one that converts.
title = "convoy on mmap_lock behind a conversion"
expect = none

[machine]
cpus = 8

[design]
kernel = inplace

[vm vm0]
type = sw-protected
init = shared
mmap = yes
gmem ram size=32M
gmem other size=4M
slot 0 gpa=0 len=32M gmem=ram

[cost]
include = debian-vm

[task vmm0]
access write 0 len=16M gmem=ram
barrier go
convert private 0 len=16M gmem=ram expect=ok

# faults in the file that is being converted, elsewhere
[task vmm1]
barrier go
after 100us access write 16M len=1M gmem=ram

# a writer of mmap_lock; its own file has nothing to do with any of this
[task vmm2]
barrier go
after 200us mmap 0 len=1M gmem=other as=window
munmap window

# a bystander: faults in a third place
[task vmm3]
barrier go
after 300us access write 0 len=1M gmem=other

[final]
exists private(vm0.ram, 0)
never errors(any) > 0
