// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/zap_wq.c - zapping invalid roots in a workqueue, as KVM did for a year and a half.
 *
 * Only the variant async-root-zap-scheduling has it: an unbound worker does what the caller of
 * mmu_zap_all_fast() does itself otherwise, and the caller waits.  The work then runs on whatever
 * CPU the scheduler likes, with nobody's affinity and priority.
 *
 * Invariants: done never passes queued; a worker that finds nothing queued sleeps.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c before 0df9dab891ff (tdp_mmu_zap_root_work)
 * Fidelity: simplified: one worker per VM takes all invalid roots; it has no priority of its own
 */
#include "model/kvm/zap_wq.h"

#include "model/kvm/tdp_mmu.h"
#include "sim/atomic.h"
#include "sim/wait.h"

#include <stdio.h>

struct zap_wq {
	/* constant */
	struct vm *vm;

	/* atomic */
	u32 queued;
	u32 done;

	struct wait_queue_head work;  /* the worker waits for queued */
	struct wait_queue_head flush; /* who flushes waits for done */
};

static void zap_worker(struct task *me, void *arg)
{
	struct zap_wq *wq = arg;

	for (;;) {
		u32 queued;

		wait_event_interruptible(me, &wq->work,
					 load_acquire(wq->queued) != load_acquire(wq->done));
		queued = load_acquire(wq->queued);
		if (queued == load_acquire(wq->done))
			continue;
		tdp_mmu_zap_invalidated_roots(me, wq->vm, true);
		store_release(wq->done, queued);
		wake_up_all(me, &wq->flush);
	}
}

void zap_wq_create(struct vm *vm)
{
	struct sim *sim = vm->machine->sim;
	char name[SIM_TASK_NAME];
	struct task *worker;

	if (vm->machine->bug != BUG_ASYNC_ROOT_ZAP)
		return;
	vm->zap_wq = sim_zalloc(sim, sizeof(*vm->zap_wq));
	vm->zap_wq->vm = vm;
	/* a worker without work is no stall */
	lock_class_get(sim, "zap_worker", LOCKC_WAITQ | LOCKC_PACING);
	init_waitqueue_head(sim, &vm->zap_wq->work, "zap_worker");
	init_waitqueue_head(sim, &vm->zap_wq->flush, "flush_workqueue");
	snprintf(name, sizeof(name), "kworker/u%u", vm->id);
	worker = sim_task_create(sim, name, ACTOR_KERNEL, zap_worker, vm->zap_wq, -1);
	worker->daemon = true;
}

void zap_wq_flush(struct task *me, struct zap_wq *wq)
{
	SIM_FRAME(me);
	__atomic_add_fetch(&wq->queued, 1, __ATOMIC_ACQ_REL);
	wake_up(me, &wq->work);
	wait_event(me, &wq->flush, load_acquire(wq->done) == load_acquire(wq->queued));
}
