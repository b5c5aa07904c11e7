gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# 16 vCPUs accept memory at a time, 4 MiB for each allocation, under one spinlock with interrupts off:
# what Linux did before 50e782a86c98. After it each accepts its own without the lock.
#
# report: 16 processes on 16 vCPUs fault memory in that was not accepted (an SNP guest)
# published: guest soft lockups; none after the lock is not held any more
# source: commit 50e782a86c98 and the thread of 1a92dd91-fbdd-49ba-bfab-66f5e3864aa5@suse.com
# input: S3 of costs/spr-248.ini, 8 us a page; the report is of SNP, where the host converts, too
# predicted: the longest wait for the lock
# seen: before: stall 125 ms, silent; after: stall 9.56 us, silent
# verdict: not reproduced: waiters are served in order here, each after 15 others. The report speaks
#   of starvation; spinlocks of guests without paravirtual ones are test-and-set (a guess)
# measure: stall = stall vcpu15
# variant: before
# variant: after; lock unaccepted irqs-off -> run 1ns; unlock unaccepted -> run 1ns
title = "16 vCPUs accept memory under one spinlock"
expect = none

[machine]
cpus = 20
memory = 16G

[design]
kernel = mainline
locking = file

[vm td0]
type = tdx
memory = 512M
vcpus = 16
accepted = none

[cost]
include = spr-248

[task vcpu0..vcpu15]
for i in 0..7 {
	lock unaccepted irqs-off
	accept self*32M+i*4M len=4M expect=ok
	unlock unaccepted
}

[final]
exists accepted(td0, 0x1ffff000)
never stall(guest) > 1s
