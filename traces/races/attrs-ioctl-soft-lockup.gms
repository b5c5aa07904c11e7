gmemsim trace 1
# The attributes ioctl over a large range, on a kernel that preempts only where it is asked to.
#
# class: hold-time
# measure: ops run kernel latency_ns
# scale: 64M 128M
# trend: 1.7 1.1
# Setting attributes reserves an entry for each page and then stores each.  Faulty: neither loop offers to
# reschedule; the CPU's other tasks wait for all of it (the watchdog said 26 s for a terabyte).
# Fixed (47bb584237cc): cond_resched() in both loops; others wait for a time slice.
title = "attributes of a large range"

[machine]
cpus = 1
preempt = none
slice = 1ms

[vm vm0]
type = sw-protected
memory = 128M
mmap = no

[cost]
mem_attr_page = 500ns

[task vmm0 cpu=0]
at 1us attributes private 0 len=64M
signal done

[task kernel0 cpu=0]
repeat until=done { run 50us }

[final]
never latency(kernel0) > 10ms
