gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# A conversion waits for a CPU that has nothing to do with it.
#
# Fresh pages sit in per-CPU batches, each with a reference. Before the conversion believes in an
# unexpected reference it has all batches drained, by a work item on each CPU that has one, and waits for
# them with the invalidate lock held. CPU 1 has such a batch and belongs to a task that does not give it
# away (here: by a long time slice; on a real machine a real-time task does): its worker cannot run, the
# lock is held for as long, and every fault of the file waits. On real threads the host decides who has
# which CPU.
#
# Look at: `lru-drain` in the longest hold of mapping.invalidate_lock, and vcpu0 behind it.
title = "lru_add_drain_all behind a monopolised CPU"
expect = none

[machine]
cpus = 4
slice = 50ms

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 8M
vcpus = 1
init = shared
mmap = yes

[task vmm0 cpu=1]
# this CPU's batch has pages now; then it is busy
access write 4M len=64K
signal batched
run 40ms

[task vmm1 cpu=2]
wait batched
access write 0 len=64K
sleep 1ms
convert private 0 len=64K expect=ok

[task vcpu0 cpu=3]
wait batched
repeat 100 {
	touch shared rand(6M,7M) 4K write
	run 100us
}

[final]
exists private(vm0, 0)
