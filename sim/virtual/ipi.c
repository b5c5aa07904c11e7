// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/virtual/ipi.c - inter-processor interrupts that the sender waits for.
 *
 * Targets are sent to one after the other.  One that takes interrupts acks within the given latency
 * and loses the handler's time; one with interrupts off acks when it enables them.  Idle CPUs are
 * left alone.
 *
 * Invariants: a target's list of pending interrupts is empty while it has interrupts on; a sender's
 * count of missing acks is the number of its entries on such lists.
 *
 * Upstream: kernel/smp.c:smp_call_function_many_cond
 * Fidelity: simplified: one latency for all targets, no queueing behind other handlers
 */
#include "sim/race.h"
#include "sim/virtual/virtual.h"

/* One interrupt that a target with interrupts off has not taken yet. */
struct ipi_pending {
	/* written by the engine */
	struct list_head node;
	struct vtask *sender;
	sim_ns handler_ns;
};

void virtual_ipi_init(struct vengine *e)
{
	lock_init_map(e->sim, &e->ipi_map, "csd_lock_wait",
		      LOCKC_WAITQ | LOCKC_SPIN | LOCKC_ENGINE);
}

static void ipi_post(struct vengine *e, struct vtask *sender, struct vtask *target,
		     sim_ns handler_ns)
{
	struct ipi_pending *p = sim_alloc(e->sim, sizeof(*p));

	p->sender = sender;
	p->handler_ns = handler_ns;
	list_add_tail(&p->node, &target->ipis);
	race_release(&sender->t, &target->ipis);
	sender->acks_missing++;
	target->t.irq_pending = true;
	/* a guest that interrupts are off for is left when one comes */
	if (target->t.in_guest)
		sim_unpark(&sender->t, &target->t);
}

static u32 ipi_send(struct vengine *e, struct vtask *v, bool (*match)(const struct task *, void *),
		    void *arg, struct ipi_cost cost)
{
	u32 nr = e->nr_targets(e), sent = 0;
	sim_ns at_ns = v->t.clock_ns;

	for (u32 i = 0; i < nr; i++) {
		struct vtask *target = e->target(e, i);

		if (!target || target == v || !match(&target->t, arg))
			continue;
		sent++;
		at_ns += cost.cpu_ns;
		if (unlikely(e->sim->racing) && !target->t.irq_count)
			__race_ipi(&v->t, &target->t);
		if (target->t.irq_count)
			ipi_post(e, v, target, cost.handler_ns);
		else if (cost.handler_ns)
			e->interrupt(e, target, at_ns, cost.handler_ns);
	}
	return sent;
}

u32 virtual_ipi(struct task *me, bool (*match)(const struct task *t, void *arg), void *arg,
		struct ipi_cost cost)
{
	struct vengine *e = vengine(me);
	struct vtask *v = vtask(me);
	u32 sent;

	ipi_check_context(me);
	sim_point(me, e->ipi_map.id, SIM_IPI);
	preempt_disable(me);
	sent = ipi_send(e, v, match, arg, cost);
	sim_event(me, EV_IPI, sent, cost.latency_ns, 0);
	if (sent)
		sim_cost(me, sent * cost.cpu_ns + cost.latency_ns);
	if (v->acks_missing) {
		lock_contended(me, &e->ipi_map, LOCK_WRITE);
		while (v->acks_missing)
			sim_park(me, PARK_SPIN, SIM_NS_MAX);
		lock_wait_abort(me, &e->ipi_map, 0);
		race_acquire(me, &v->acks_missing);
	}
	preempt_enable(me);
	return sent;
}

void virtual_ipi_ack(struct task *me)
{
	struct vengine *e = vengine(me);
	struct vtask *v = vtask(me);

	me->irq_pending = false;
	race_acquire(me, &v->ipis);
	while (!list_empty(&v->ipis)) {
		struct ipi_pending *p = list_first_entry(&v->ipis, struct ipi_pending, node);
		struct vtask *sender = p->sender;
		sim_ns handler_ns = p->handler_ns;

		list_del_init(&p->node);
		sim_free(e->sim, p, sizeof(*p));
		sim_cost(me, handler_ns);
		race_release(me, &sender->acks_missing);
		if (--sender->acks_missing == 0)
			sim_unpark(me, &sender->t);
	}
}

bool virtual_ipi_blocks(const struct vtask *holder, const struct vtask *waiter)
{
	const struct ipi_pending *p;

	list_for_each_entry(p, &holder->ipis, node) {
		if (p->sender == waiter)
			return true;
	}
	return false;
}
