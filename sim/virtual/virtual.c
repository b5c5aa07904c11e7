// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/virtual/virtual.c - what the schedulers of the virtual engine share: coroutines and their
 * stacks, the run from first switch to last, limits, what every park checks.
 *
 * Invariants: a task's stack is borrowed when it first runs and given back when it has finished and
 * another context has taken over.  Tasks that never finish are dropped with their stacks.
 */
#include <stdio.h>
#include <string.h>

#include "sim/virtual/virtual.h"

void heap_reserve(struct sim *sim, struct heap *h, u32 cap)
{
	struct heap_elem *e;
	u32 grown;

	if (likely(cap <= h->cap))
		return;
	grown = max(cap, max(2 * h->cap, 8u));
	e = sim_alloc(sim, grown * sizeof(*e));
	if (h->len)
		memcpy(e, h->e, h->len * sizeof(*e));
	sim_free(sim, h->e, h->cap * sizeof(*e));
	h->e = e;
	h->cap = grown;
}

static int virtual_init(struct sim *sim)
{
	struct vengine *e = sim_zalloc(sim, sizeof(*e));
	struct sim_pool *pool = sim->cfg.pool;

	e->sim = sim;
	e->stacks = pool ? pool->stacks : stack_pool_create();
	if (!e->stacks)
		return -ENOMEM;
	e->limit_ns = sim->cfg.limit_ns ? sim->cfg.limit_ns : SIM_NS_MAX;
	e->tick_ns = NSEC_PER_SEC / sim->cfg.hz;
	e->slice_ns = sim->cfg.slice_ns ? sim->cfg.slice_ns : e->tick_ns * 3 / 4;
	e->preemptible_kernel = sim->cfg.preempt >= PREEMPT_LAZY;
	sim->engine = e;
	if (sim->cfg.sched == SCHED_SEARCH)
		sim->ops = &virtual_search_ops;
	else
		sim->ops = sim->cfg.sched == SCHED_RANDOM ? &virtual_random_ops : &virtual_fifo_ops;
	virtual_rcu_init(e);
	virtual_ipi_init(e);
	return 0;
}

void virtual_exit(struct sim *sim)
{
	struct vengine *e = sim->engine;

	if (!sim->cfg.pool)
		stack_pool_destroy(e->stacks);
}

int virtual_task_init(struct task *t)
{
	struct vtask *v = vtask(t);

	INIT_LIST_HEAD(&v->spinners);
	INIT_LIST_HEAD(&v->spin_node);
	INIT_LIST_HEAD(&v->ipis);
	return 0;
}

/* Also of tasks that are still parked: what is on their stacks is abandoned. */
void virtual_task_exit(struct task *t)
{
	struct vtask *v = vtask(t);

	if (!v->stack)
		return;
	ctx_drop(&v->ctx);
	stack_put(vengine(t)->stacks, v->stack);
	v->stack = NULL;
}

void virtual_reap(struct vengine *e)
{
	virtual_task_exit(&e->zombie->t);
	e->zombie = NULL;
}

static void task_main(void *arg)
{
	struct vtask *v = arg;
	struct vengine *e = vengine(&v->t);
	struct vtask *next;

	if (e->zombie)
		virtual_reap(e);
	v->t.fn(&v->t, v->t.arg);
	virtual_count_points(v);
	v->t.state = TASK_DEAD;
	if (!v->t.daemon)
		e->nr_live--;
	e->task_done(e, v);
	next = e->pick(e);
	e->zombie = v;
	ctx_leave(&v->ctx, virtual_ctx(e, next));
}

void virtual_task_start(struct vengine *e, struct vtask *v)
{
	v->stack = stack_get(e->stacks);
	if (!v->stack)
		sim_bug(e->sim, __FILE__, __LINE__, "no memory for a stack");
	ctx_init(&v->ctx, v->stack->low, v->stack->size, task_main, v);
}

/**
 * virtual_run - from the first pick to the end of the run, on the caller's stack.
 */
void virtual_run(struct vengine *e)
{
	e->nr_tasks = e->sim->nr_tasks;
	for (u32 i = 0; i < e->nr_tasks; i++)
		e->nr_live += !e->sim->tasks[i]->daemon;
	ctx_init_main(&e->main);
	if (e->pick(e))
		ctx_switch(&e->main, virtual_ctx(e, e->cur));
	if (e->zombie)
		virtual_reap(e);
	e->cur = NULL;
	e->sim->horizon_ns = SIM_NS_MAX;
}

/**
 * virtual_stop - the run ends before its tasks do.
 */
void virtual_stop(struct vengine *e, sim_ns at_ns)
{
	e->sim->stopped = true;
	e->sim->end_ns = at_ns;
}

/**
 * virtual_quiet - nobody can run and no timer is left: say why, if the run is not simply over.
 */
void virtual_quiet(struct vengine *e, sim_ns at_ns)
{
	e->sim->end_ns = at_ns;
	if (!e->nr_live)
		return;
	waitgraph_quiescent(e->sim);
	virtual_stop(e, at_ns);
}

/**
 * virtual_livelock - this goes on for ever: who is in it?  Ends the run.
 */
void virtual_livelock(struct vengine *e, const char *what, u64 count)
{
	struct sim *sim = e->sim;
	char who[1024];
	size_t len = 0;

	who[0] = 0;
	for (u32 i = 0; i < sim->nr_tasks && len < sizeof(who) - 1; i++) {
		const struct task *t = sim->tasks[i];
		int n;

		if (!task_on_cpu(t) && t->state != TASK_RUNNABLE)
			continue;
		n = snprintf(who + len, sizeof(who) - len, "%s%s/%u in %s (operation %s)",
			     len ? ", " : "", t->name, t->id, sim_func(t), t->op ? t->op : "none");
		len = min(len + (size_t)max(n, 0), sizeof(who) - 1);
	}
	sim_finding(sim, NULL, "livelock",
		    "no end after %llu %s; still running: %s", (unsigned long long)count, what,
		    who);
	virtual_stop(e, e->now_ns);
}

/**
 * virtual_count_points - add up the visible operations since the engine last had control.
 *
 * Return: false if there have been too many: the finding is recorded, the run has to end.
 */
bool virtual_count_points(struct vtask *v)
{
	struct sim *sim = v->t.sim;

	sim->points += v->t.quiet_points;
	v->t.quiet_points = 0;
	if (likely(sim->points <= sim->cfg.limit_points))
		return true;
	virtual_livelock(vengine(&v->t), "visible operations", sim->cfg.limit_points);
	virtual_stop(vengine(&v->t), v->t.clock_ns);
	return false;
}

static bool signal_ends(const struct task *t, enum park_how how)
{
	return (how == PARK_INTR && signal_pending(t)) ||
	       (how == PARK_KILLABLE && fatal_signal_pending(t));
}

/**
 * virtual_park_early - the ways in which a park is over before it begins.
 *
 * Return: 1 if the task has to wait, else what sim_park() returns.
 */
int virtual_park_early(struct vtask *v, enum park_how how, sim_ns deadline_ns)
{
	if (v->permit) {
		v->permit = false;
		return 0;
	}
	if (unlikely(signal_ends(&v->t, how)))
		return -EINTR;
	if (deadline_ns <= v->t.clock_ns)
		return -ETIME;
	if (how == PARK_SPIN_OPT && need_resched(&v->t))
		return -EAGAIN;
	return 1;
}

/**
 * virtual_sleep_check - @v is about to give its CPU away: may it?
 */
void virtual_sleep_check(struct vtask *v)
{
	if (unlikely(v->t.preempt_count || v->t.irq_count))
		sim_finding(v->t.sim, &v->t, "lock-order",
			    "BUG: scheduling while atomic: %s/%u in %s, preempt_count %u, "
			    "interrupts off %u",
			    v->t.name, v->t.id, sim_func(&v->t), v->t.preempt_count,
			    v->t.irq_count);
}

bool virtual_blocks(const struct task *holder, const struct task *waiter)
{
	const struct vengine *e = vengine(holder);
	const struct vtask *h = (const struct vtask *)holder;
	const struct vtask *w = (const struct vtask *)waiter;

	if (waiter->state == TASK_RUNNABLE) /* for a CPU */
		return e->cpu && e->cpu[waiter->cpu].curr == h;
	if (waiter->wait.class == e->rcu.map.class)
		return virtual_rcu_blocks(h, w);
	return waiter->wait.class == e->ipi_map.class && virtual_ipi_blocks(h, w);
}

/* Below so many tasks a look for cycles costs less than keeping account. */
#define WAITGRAPH_SMALL 16

/**
 * virtual_park_check - @v has just parked: does that close a cycle?
 *
 * Only who holds something can be waited for.  With many tasks the search is put off until as many
 * lock holders have parked as there are tasks, and then looks at all of them.
 */
void virtual_park_check(struct vengine *e, struct vtask *v)
{
	if (!v->t.nr_held && !v->t.rcu_depth && !v->t.irq_count)
		return;
	if (e->nr_tasks <= WAITGRAPH_SMALL) {
		waitgraph_check(&v->t);
	} else if (++e->wait_debt >= e->nr_tasks) {
		e->wait_debt = 0;
		waitgraph_check_all(e->sim);
	}
}

const struct engine_ops virtual_engine_ops = {
	.name = "virtual",
	.init = virtual_init, /* replaces sim->ops by the scheduler's */
};
