// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/virtual/watch.c - the host's watchdogs: what its modelled CPUs are doing when a sample comes.
 *
 * A CPU schedules when it is asked to while it is idle, runs user or guest code or, in a
 * preemptible kernel, code that may be preempted.  Where it does not, the sample sets need_resched,
 * as waking the stopper does, and the engine says when the CPU has come by its scheduler.
 *
 * Invariants: the watchdogs have one place in the time queue, and never keep a run going.
 */
#include "sim/virtual/virtual.h"
#include "sim/watchdog.h"

static struct vengine *engine_of(const struct watchdog_cpu *c)
{
	return c->kernel->engine;
}

static enum watchdog_state host_state(const struct watchdog_cpu *c)
{
	const struct vengine *e = engine_of(c);
	const struct vtask *v = e->cpu[c->id].curr;

	if (!v)
		return WATCHDOG_IDLE;
	if (v->user || v->t.in_guest || v->t.park_how == PARK_SPIN_OPT)
		return WATCHDOG_OPEN;
	if (v->t.irq_count)
		return WATCHDOG_IRQ_OFF;
	return e->preemptible_kernel && preempt_allowed(v) ? WATCHDOG_OPEN : WATCHDOG_CLOSED;
}

static struct task *host_task(const struct watchdog_cpu *c)
{
	struct vtask *v = engine_of(c)->cpu[c->id].curr;

	return v ? &v->t : NULL;
}

/* Since it took the first of its spinlocks; without any, nothing is known but that it is so now. */
static sim_ns host_since(const struct watchdog_cpu *c, sim_ns now_ns)
{
	const struct task *t = host_task(c);
	sim_ns since_ns = now_ns;

	for (u32 i = 0; t && i < t->nr_held; i++) {
		const struct held_lock *h = &t->held[i];

		if (h->class->flags & LOCKC_SPIN && h->acquired_ns)
			since_ns = min(since_ns, h->acquired_ns);
	}
	if (t && t->wait.class && t->wait.class->flags & LOCKC_SPIN)
		since_ns = min(since_ns, t->wait.since_ns);
	return since_ns;
}

static void host_notify(struct watchdog_cpu *c)
{
	struct hcpu *h = &engine_of(c)->cpu[c->id];

	h->watched = true;
	if (h->curr)
		__atomic_store_n(&h->curr->t.need_resched, true, __ATOMIC_RELAXED);
}

static struct task *host_gp_waiter(const struct watchdog *k, u32 *reader)
{
	return virtual_rcu_waiter(k->engine, reader);
}

static const struct watchdog_ops host_ops = {
	.state = host_state,
	.current_task = host_task,
	.since = host_since,
	.notify = host_notify,
	.gp_waiter = host_gp_waiter,
};

static void watch_at(struct vengine *e, sim_ns at_ns)
{
	e->nr_watch = at_ns != SIM_NS_MAX;
	if (e->nr_watch)
		timeq_add(e->time, e->watch_id, at_ns);
}

/**
 * watch_begin - the run begins: the host watches itself, too.
 *
 * Context: fifo; the time queue has room for watch_id.
 */
void watch_begin(struct vengine *e)
{
	const struct watchdog_config *cfg = &e->sim->cfg.watchdog;

	if (cfg->watchdog_thresh_s || cfg->rcu_cpu_stall_timeout_s || cfg->wq_watchdog_thresh_s ||
	    cfg->hung_task_timeout_s) {
		e->host = watchdog_create(e->sim, "host", false, e->sim->cfg.nr_cpus, cfg,
					  &host_ops);
		e->host->engine = e;
	}
	watch_at(e, watchdogs_begin(e->sim));
}

/**
 * watch_due - a sample, or something else that watchdogs do at a time.
 */
void watch_due(struct vengine *e, sim_ns now_ns)
{
	watch_at(e, watchdogs_run(e->sim, now_ns));
}

/**
 * watch_scheduled - a CPU has come by its scheduler, and had the chance to run the stopper.
 */
void watch_scheduled(struct vengine *e, struct hcpu *h, sim_ns now_ns)
{
	h->watched = false;
	watchdog_cpu_resume(&e->host->cpu[h->id], now_ns);
	watchdog_cpu_scheduled(&e->host->cpu[h->id], now_ns);
}

/**
 * watch_irqs_on - a CPU takes interrupts again.
 */
void watch_irqs_on(struct vengine *e, struct hcpu *h, sim_ns now_ns)
{
	watchdog_cpu_resume(&e->host->cpu[h->id], now_ns);
}
