gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# One vCPU of a TD asks for a conversion with a spinlock of the guest's held; all others want the
# lock.
#
# They spin inside the TD, so each of the 512 pages has to drive them out of it: the conversion
# waits for the vCPUs, and the vCPUs wait for the conversion. Who halts instead costs nobody
# anything.
#
# Look at: the time in 'lock', whose holder the report names, and the share of the step tdx_kick.
title = "a guest spinlock held over a conversion"
expect = none

[machine]
cpus = 8

[design]
kernel = inplace

[vm td0]
type = tdx
memory = 8M
vcpus = 8
accepted = all

[cost]
include = debian-vm
# round figures, assumed
tdx_seamcall = 500ns
tdx_page_aug = 1us
tdx_accept_page = 1us
tdx_vp_enter = 1us
tdx_td_exit = 1us
tdx_range_block = 500ns
tdx_track = 200ns
tdx_page_remove = 500ns
tdx_page_wbinvd = 2us
tdx_clear_page = 1us
tdx_page_demote = 10us
remote_flush_cpu = 100ns

[task vcpu0]
lock pool
signal held
mapgpa shared 2M len=2M expect=ok
unlock pool

[task vcpu1..vcpu6]
wait held
lock pool
run 1us
unlock pool

[task vcpu7]
halt 1ms

[final]
never errors(any) > 0
