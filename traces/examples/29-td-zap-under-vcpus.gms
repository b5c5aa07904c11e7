gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# The VMM punches holes into memory that the vCPUs of a TD are using.
#
# Each page goes by BLOCK, TRACK, kick, REMOVE. vCPUs enter and leave the TD all the time, so TRACK
# meets VP.ENTER at the TD epoch's lock: there is no waiting in the module, one of the two is told
# TDX_OPERAND_BUSY. KVM then keeps all vCPUs out of the TD and calls once more. What the guest has
# lost it accepts again, with new content.
#
# Look at: the column "busy", and tdx:tdcs_epoch with --lock-stat.
title = "holes under the vCPUs of a TD"
expect = none

[machine]
cpus = 6
scheduler = random

[design]
kernel = inplace

[vm td0]
type = tdx
memory = 1M
vcpus = 4
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
tdx_epoch_lock = 1us

[task vcpu0..vcpu3]
repeat 300 { touch private rand(0,1M) 4K write expect=ok }

[task vmm]
repeat 100 { punch rand(0,1M) len=4K expect=ok }
signal punched

[task kernel vm=td0]
wait punched
seamcall TDH.MEM.TRACK expect=ok|TDX_OPERAND_BUSY,operand=169

[final]
never errors(guest) > 0
never errors(vmm) > 0
