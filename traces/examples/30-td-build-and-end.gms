gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# A TD is made step by step, runs, and ends while its vCPU runs.
#
# KVM_TDX_INIT_VM gives it a key and its control pages, each vCPU gets its own, initial memory is
# copied in, and the TD is finalized. At its end, KVM_TDX_TERMINATE_VM takes the key away: from then
# on all memory is reclaimed page by page without BLOCK and TRACK, and no vCPU can run any more
# (EIO).
#
# Look at: the SEAMCALLs of each step.
title = "the life of a TD"
expect = none

[machine]
cpus = 2

[design]
kernel = inplace

[tdx]
packages = 2

[vm td0]
type = tdx
memory = 1M
vcpus = 1
build = none

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

[task vmm]
# the vCPU before the TD; its memory before the vCPU
td-vcpu 0 expect=EIO
td-init expect=ok
td-init expect=EINVAL
td-vcpu 0 expect=ok
mmap 0 len=64K anon as=image
access write 0 len=64K value=0x7f map=image
populate 0 len=64K map=image expect=ok,done=16
finalize expect=ok
signal runs
wait seen
# a vCPU that is in KVM_RUN keeps the TD alive
terminate expect=ok|EBUSY
after 1ms terminate expect=ok|EIO
signal ended
destroy

[task vcpu0]
wait runs
touch private 0 64K read expect=bytes:0x7f
touch private 0x80000 4K write expect=ok
signal seen
wait ended
touch private 0 4K read expect=EIO|EBADF
