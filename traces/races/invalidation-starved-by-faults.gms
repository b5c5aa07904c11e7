gmemsim trace 1
# A hole is punched while vCPUs fault inside it.
#
# class: hold-time
# measure: ops punch vmm latency_ns
# scale: 16M 32M
# gain: 1.5
# The zap holds mmu_lock for write and lets go of it whenever somebody waits.  Faulty: each fault inside
# the range takes mmu_lock for read only to find that it must retry, and comes back at once: the zap
# yields, flushes and restarts for each of them.  Fixed (d02c357e5bfa): the fault looks for an open
# invalidation over its page before it takes mmu_lock, and before it gets the page.
title = "zap against retrying faults"

[machine]
cpus = 5

[vm vm0]
memory = 32M
vcpus = 4

[cost]
spte_zap = 100ns
spte_install = 200ns
tdp_walk = 300ns
guest_exit = 800ns
guest_enter = 800ns
remote_flush_ipi = 2us
remote_flush_handler = 500ns
filemap_lookup = 100ns

[task vcpu0]
touch shared 0 16M write
signal there
repeat until=done { touch shared rand(0,1M) 4K }

[task vcpu1..vcpu3]
wait there
repeat until=done { touch shared rand(0,1M) 4K }

[task vmm0]
wait there
after 20us punch 0 len=16M
signal done

[final]
never hold(mapping.invalidate_lock) > 2ms
