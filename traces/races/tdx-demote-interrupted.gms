gmemsim trace 1
# A 2M page of a TD is split on a CPU that somebody else waits for.
#
# class: single-path
# Modules before 1.5.28 let DEMOTE be interrupted, and the call has to be made again from the start.  It is made
# with mmu_lock held for write: the interrupt stays where it is.
# Faulty: KVM calls until it works.  Fixed: KVM maps no 2M pages with such a module.
title = "DEMOTE is interrupted for ever"

[machine]
cpus = 1
preempt = full
slice = 1ms

[design]
kernel = hugetlb-plan

[tdx]
huge-pages = yes
demote-poll = always

[vm td0]
type = tdx
memory = 4M
vcpus = 1
backing = 2M
accepted = 0..2M

[cost]
tdx_track = 5ms

[task vmm cpu=0]
convert shared 0 len=4K expect=ok

[task kernel0 cpu=0]
repeat 20 { run 1ms }
