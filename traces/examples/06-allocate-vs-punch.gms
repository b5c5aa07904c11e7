gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# fallocate in both directions: allocation reads the invalidate_lock, the punch writes it.
#
# An allocation of a large range holds the lock shared over all of it. A punch behind it waits,
# and once it has waited 4 ms it is handed the lock: then it is the next allocation that waits.
#
# Look at: wait and hold of mapping.invalidate_lock, R against W.
title = "four allocating threads and one that punches"
expect = none

[machine]
cpus = 6

[design]
kernel = mainline

[vm vm0]
memory = 32M

[cost]
include = debian-vm

[task vmm0..vmm3]
for round in 0..3 { allocate self*8M len=8M }

[task vmm4]
for piece in 0..7 {
	punch piece*4M len=4M
	sleep 100us
}

[final]
never errors(any) > 0
