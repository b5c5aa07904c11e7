gmemsim trace 1
# A large range of private pages is given back, entry by entry.
#
# class: hold-time
# measure: ops run kernel latency_ns
# scale: 64M 128M
# trend: 1.7 1.1
# On conversion to shared the architecture's hook resets the RMP entry of each page.  Faulty: the loop over
# the range does not offer to reschedule; the CPU's other tasks wait for all of it, under the invalidate
# lock.  Fixed (SNP host series v12): cond_resched() on the way; others wait for a time slice.
title = "RMP entries of a large range"

[machine]
cpus = 1
preempt = none
slice = 1ms

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 128M
mmap = no

[cost]
arch_invalidate = 1us

[task vmm0 cpu=0]
allocate 0 len=128M
signal ready
after 1us convert shared 0 len=64M
signal done

[task kernel0 cpu=0]
wait ready
repeat until=done { run 50us }

[final]
never latency(kernel0) > 10ms
