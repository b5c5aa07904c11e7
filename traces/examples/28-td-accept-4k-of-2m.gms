gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# A TD accepts 4K of a page that the host has mapped in 2M, but that is not accepted.
#
# The module cannot accept a part of a page: the guest leaves with an EPT violation that says for
# which size it has asked, and the host has to map smaller pages there. KVM forbids huge leaves for
# that 2M, and splits the one that is there: BLOCK, TRACK, kick, DEMOTE. The other pages of the 2M
# are pending still.
#
# Look at: one TDH.MEM.PAGE.DEMOTE; the size of the leaf before and after.
title = "4K accepted in a pending page of 2M"
expect = none

[machine]
cpus = 3

[design]
kernel = hugetlb-wip

[tdx]
dynamic-pamt = yes
huge-pages = yes

[vm td0]
type = tdx
memory = 4M
vcpus = 2
backing = 2M
pending = 0..4M

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
expect leaf(td0, 0) == 2M
expect pending(td0, 0)
accept 0x3000 len=4K level=4K expect=ok
expect leaf(td0, 0) == 4K
expect accepted(td0, 0x3000)
expect pending(td0, 0x4000)
# now 2M are too much
accept 0 len=2M expect=ok
signal split

[task vcpu1]
# the other one stays whole
accept 2M len=2M expect=ok,done=512
wait split
touch private 0 4M write value=0x1 expect=ok

[final]
exists leaf(td0, 2M) == 2M
exists calls(TDH.MEM.PAGE.DEMOTE) == 1
never errors(any) > 0
