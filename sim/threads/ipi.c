// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/threads/ipi.c - interrupts between tasks: sent, acknowledged, waited for.
 *
 * A real thread cannot be interrupted between two instructions of the model, nor does it have to
 * be: it acknowledges at its next engine call, which is the same place where the virtual engine
 * would interrupt it.  What the sender needs is that the target has passed a boundary between
 * visible operations after the IPI was sent; a calm task with interrupts on sits at one.
 *
 * Invariants: ipi_acked <= ipi_sent; a sender returns only when each target has acknowledged, sat
 * calm with interrupts on, or ended; senders acknowledge while they wait, so two that interrupt
 * each other both get through.
 *
 * Upstream: kernel/smp.c:smp_call_function_many_cond (semantics only)
 * Fidelity: simplified: every running task counts as a CPU of its own; the handler's time is
 * charged to the target's next modelled cost
 */
#include <sched.h>

#include "sim/core.h"
#include "sim/threads/threads.h"

/* Looks of a sender at a missing ack before it calls itself waiting (and the monitor looks). */
#define ACK_ROUNDS 2000

/* Acknowledge what has been sent so far, unless interrupts are off. */
void thr_ack(struct thr_task *t)
{
	u32 sent;

	if (t->task.irq_count)
		return;
	sent = __atomic_load_n(&t->ipi_sent, __ATOMIC_SEQ_CST);
	if (unlikely(sent != __atomic_load_n(&t->ipi_acked, __ATOMIC_RELAXED))) {
		__atomic_store_n(&t->task.irq_pending, false, __ATOMIC_RELAXED);
		__atomic_store_n(&t->ipi_acked, sent, __ATOMIC_SEQ_CST);
	}
}

/* struct engine_ops.irq_enabled, see local_irq_enable() */
void thr_irq_enabled(struct task *me)
{
	thr_ack(thr_task(me));
}

/* Need nobody wait for @target any more? */
bool thr_acked(struct thr_task *target)
{
	u32 sent = __atomic_load_n(&target->ipi_sent, __ATOMIC_RELAXED);

	if ((s32)(__atomic_load_n(&target->ipi_acked, __ATOMIC_SEQ_CST) - sent) >= 0)
		return true;
	return __atomic_load_n(&target->calm, __ATOMIC_SEQ_CST) != CALM_NO &&
	       !__atomic_load_n(&target->irqs_off, __ATOMIC_RELAXED);
}

static void wait_for_ack(struct thr_task *t, struct thr_task *target)
{
	struct task *me = &t->task;
	u32 rounds = 0;

	while (!thr_acked(target)) {
		if (unlikely(thr_stopping(t)))
			thr_halt(t);
		if (rounds < ACK_ROUNDS) {
			thr_ack(t);
			rounds++;
			__builtin_ia32_pause();
			continue;
		}
		if (rounds++ == ACK_ROUNDS) {
			t->ipi_target = target->task.id;
			me->park_deadline_ns = SIM_NS_MAX;
			lock_contended(me, &t->eng->ipi_map, LOCK_WRITE);
			thr_calm_enter(t, WAIT_IPI);
		}
		sched_yield();
	}
	if (rounds > ACK_ROUNDS) {
		thr_calm_leave(t);
		lock_wait_abort(me, &t->eng->ipi_map, 0);
	}
}

/* struct engine_ops.ipi, see sim_ipi() */
u32 thr_ipi(struct task *me, bool (*match)(const struct task *t, void *arg), void *arg,
	    struct ipi_cost cost)
{
	struct thr_task *t = thr_task(me);
	struct sim *sim = me->sim;
	u32 nr = 0;

	ipi_check_context(me);
	sim_point(me, t->eng->ipi_map.id, SIM_WRITE);
	preempt_disable(me);
	if (!t->ipi_to)
		t->ipi_to = sim_zalloc(sim, sim->nr_tasks);
	/* what the caller changed comes before the look at who runs: see thr_runs() */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (u32 i = 0; i < sim->nr_tasks; i++) {
		struct thr_task *target = thr_task(sim->tasks[i]);

		t->ipi_to[i] =
			target != t && task_on_cpu(&target->task) && match(&target->task, arg);
		if (!t->ipi_to[i])
			continue;
		__atomic_store_n(&target->task.irq_pending, true, __ATOMIC_RELAXED);
		__atomic_add_fetch(&target->ipi_sent, 1, __ATOMIC_SEQ_CST);
		/* it may be parked in a guest that it has to leave */
		if (target->task.kind == ACTOR_GUEST)
			sim_unpark(me, &target->task);
		__atomic_add_fetch(&target->stolen_ns, cost.handler_ns, __ATOMIC_RELAXED);
		nr++;
	}
	if (nr) {
		__atomic_store_n(&me->state, TASK_SPINNING, __ATOMIC_RELAXED);
		__atomic_store_n(&me->park_how, PARK_SPIN, __ATOMIC_RELAXED);
		thr_attention(t->eng, true);
		for (u32 i = 0; i < sim->nr_tasks; i++) {
			if (t->ipi_to[i])
				wait_for_ack(t, thr_task(sim->tasks[i]));
		}
		thr_attention(t->eng, false);
		__atomic_store_n(&me->park_how, PARK_NONE, __ATOMIC_RELAXED);
		__atomic_store_n(&me->state, TASK_RUNNING, __ATOMIC_RELAXED);
	}
	sim_event(me, EV_IPI, nr, cost.latency_ns, 0);
	thr_cost(me, nr * cost.cpu_ns + cost.latency_ns);
	preempt_enable(me);
	return nr;
}
