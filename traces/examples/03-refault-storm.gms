gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# Four threads refill a hole while it is being punched.
#
# Truncation goes over the range again until it finds nothing. Host faults of mainline take no
# invalidate_lock, so nothing stops them from putting pages back where it has just been; the time
# the punch holds the lock has no bound in the size of the hole, only in the patience of the
# threads. On a real machine 256 MiB take 0.3 s alone, and seconds with four refaulting threads.
#
# Look at: the longest hold of mapping.invalidate_lock, more than ten times that of the first punch.
title = "punching 4 MiB that four host threads keep refaulting"
expect = none

[machine]
cpus = 6

[design]
kernel = mainline

[vm vm0]
memory = 4M

[cost]
include = debian-vm

[task vmm0]
# alone
access write 0 len=4M
punch 0 len=4M
# in company
access write 0 len=4M
signal go
after 20us punch 0 len=4M

[task vmm1..vmm4]
wait go
repeat 4000 { access write rand(0,4M) len=4K }

[final]
never errors(any) > 0
