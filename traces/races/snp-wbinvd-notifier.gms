gmemsim trace 1
# Each mmu_notifier event flushes the caches of all CPUs.
#
# class: hold-time
# measure: ops run guest latency_ns
# scale: 16K 32K
# trend: 1.5 1.1
# gain: 2
# Pages of the VM's process go one by one, as NUMA balancing or KSM take them; each is a notifier event.
# Faulty: at each event KVM writes the caches of every CPU back before it unmaps, and everything on the
# machine stands still meanwhile.  Fixed: not done for events of user page tables (the memory of
# encrypted guests is not in them any more).
title = "cache flushes from the mmu_notifier"

[machine]
cpus = 4

[vm vm0]
memory = 64K
mmap = yes

[cost]
wbinvd = 1ms
pte_zap = 1us

[task vmm0 cpu=0]
sleep 1ms
for o in 0..16K step=4K { advise dontneed o len=4K }

[task vmm1 cpu=1]
access write 0 len=64K

[task vcpu0..vcpu1 cpu=2..3]
at 500us run 1ms

[final]
never latency(guest) > 2ms
