gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# A trace that must be reported: two vCPUs take two guest spinlocks in opposite order.
#
# The signals make sure that each holds its first lock before it asks for the second, so that the
# deadlock happens in every schedule and on both engines. expect = deadlock turns the finding into
# the expected result: this run succeeds only if the deadlock is found.
#
# Look at: the cycle in the report, with both holders.
title = "AB-BA of two guest spinlocks"
expect = deadlock

[machine]
cpus = 2

[vm vm0]
memory = 2M
vcpus = 2

[task vcpu0]
lock a
signal has-a
wait has-b
lock b
unlock b
unlock a

[task vcpu1]
lock b
signal has-b
wait has-a
lock a
unlock a
unlock b
