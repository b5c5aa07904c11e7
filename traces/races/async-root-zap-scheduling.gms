gmemsim trace 1
# A memslot goes, and the zap of its root runs wherever a worker is put.
#
# class: hold-time
# measure: ops run kernel latency_ns
# scale: 32M 64M
# trend: 1.15 1.05
# gain: 1.5
# The VMM's threads are bound to CPU 0, where they share it with each other; CPU 1 belongs to somebody
# else.  Faulty: the invalid root is zapped by an unbound worker, which takes its time from CPU 1.
# Fixed (0df9dab891ff): the caller zaps, on its own CPU and at its own expense.
title = "invalid root zapped by a worker"

[machine]
cpus = 2

[vm vm0]
memory = 64M

[cost]
spte_zap = 1us

[task vcpu0 cpu=0]
touch shared 0 32M write
signal touched

[task vmm0 cpu=0]
wait touched
at 100ms unbind slot=0
signal done

[task vmm1 cpu=0]
wait touched
repeat until=done { run 1ms }

[task kernel0 cpu=1]
at 99ms run 10ms

[final]
never latency(kernel0) > 12ms
