gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# A TD boots, and four vCPUs come to use memory that nobody has accepted yet.
#
# As Linux: a piece of 2M is accepted as a whole before it is touched for the first time, and who
# wants a piece that another vCPU is at spins until it is done. The host maps 4K pages, so each 2M
# are 512 exits with a page fault, one TDH.MEM.PAGE.AUG and one re-entry. With "accept = eager" vCPU
# 0 does all of it before the others come up.
#
# Look at: TDG.MEM.PAGE.ACCEPT, which is called twice for each page, because the first call leaves
# the guest; the table of SEAMCALLs; how long the first touch of a piece takes.
title = "a TD boots: accept storm"
expect = none

[machine]
cpus = 5

[design]
kernel = inplace

[vm td0]
type = tdx
memory = 16M
vcpus = 4
# the kernel's image and what the firmware has accepted
accepted = 0..4M
accept = lazy

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

[task vcpu0..vcpu3]
repeat 200 { touch private rand(0,16M) 4K write expect=ok }

[final]
exists accepted(td0, 12M)
never errors(any) > 0
never busy(TDH.MEM.PAGE.AUG) > 0
