gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# A TD makes its bounce buffers shared: MapGPA, in pieces of 2M, while its other vCPUs run, spin and
# idle.
#
# The guest asks for 8M; KVM turns that into four exits to user space, and the VMM converts 2M at a
# time. Each 4K page that goes is blocked, tracked, all vCPUs are kicked and waited for, then it is
# removed, written back and cleared. A vCPU that computes or spins in the TD has to leave it each
# time (vcpu1 and vcpu2); one that halts is outside and is left alone, but for one that comes back
# for a tick.
#
# Look at: the step tdx_kick in the longest hold of the invalidate lock, and what becomes of it when
# vcpu1 and vcpu2 halt as well.
title = "swiotlb made shared in pieces of 2M"
expect = none

[machine]
cpus = 6

[design]
kernel = inplace

[vm td0]
type = tdx
memory = 32M
vcpus = 5
mmap = yes
accepted = all
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

[task vcpu0]
mapgpa shared 16M len=8M expect=ok
touch shared 16M 8M write value=0x1 expect=ok
signal ready
mapgpa private 16M len=2M expect=ok
touch private 16M 2M read expect=bytes:0x00
signal done

[task vcpu1]
spin until=done

[task vcpu2]
repeat 5000 { touch private rand(0,16M) 4K write }

[task vcpu3]
halt until=done

[task vcpu4]
halt until=done tick=1000

[task vmm]
wait ready
access read 18M len=4K expect=bytes:0x01

[final]
never errors(any) > 0
exists shared(td0, 18M)
exists accepted(td0, 16M)
never accepted(td0, 18M)
