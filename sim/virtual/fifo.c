// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/virtual/fifo.c - the scheduler of simulated time: everything happens in time order.
 *
 * A task that executes runs ahead until somebody else is due (sim->horizon_ns); it queues itself in
 * the time queue under the time at which it goes on, and the earliest goes on.  A task that spends
 * time is therefore in the queue while it does, where it can be preempted or interrupted.
 *
 * Invariants: whoever executes is not later than the queue's first element when it does anything
 * visible; equal times go in the order of queueing.
 */
#include "sim/virtual/virtual.h"
#include "sim/watchdog.h"

static void horizon_update(struct vengine *e)
{
	const struct vtask *v = e->cur;

	if (v && e->preemptible_kernel && unlikely(v->t.need_resched))
		e->sim->horizon_ns = 0; /* preempt it at the next visible operation */
	else
		e->sim->horizon_ns = min(timeq_horizon(e->time), e->limit_ns);
}

void fifo_timer_add(struct vengine *e, struct vtask *v, sim_ns at_ns)
{
	SIM_ASSERT(at_ns >= e->time->base_ns);
	timeq_add(e->time, v->t.id, at_ns);
}

/* @v, which has a CPU, goes on at @at_ns. */
void fifo_run_at(struct vengine *e, struct vtask *v, sim_ns at_ns)
{
	v->t.clock_ns = at_ns;
	fifo_timer_add(e, v, at_ns);
}

void fifo_dequeue(struct vengine *e, struct vtask *v)
{
	if (timeq_has(e->time, v->t.id))
		timeq_del(e->time, v->t.id);
}

/* A task or a tick is due.  Return: the task that executes now, or NULL if none has to. */
static struct vtask *fifo_due(struct vengine *e, u32 id)
{
	sim_ns now_ns = e->now_ns;
	struct vtask *v;

	if (unlikely(id >= e->nr_tasks)) {
		if (id == e->watch_id)
			watch_due(e, now_ns);
		else
			cpu_tick(e, id - e->nr_tasks, now_ns);
		return NULL;
	}
	v = vtask(e->sim->tasks[id]);
	switch (v->t.state) {
	case TASK_RUNNING:
		return v;
	case TASK_SPINNING:
		cpu_spin_end(e, v, -ETIME, now_ns);
		return NULL;
	default:
		SIM_ASSERT(v->t.state == TASK_SLEEPING);
		v->park_ret = -ETIME;
		cpu_wake(e, v, now_ns);
		return NULL;
	}
}

/*
 * Only ticks are left, and they have had the time to bring everybody who waits for a CPU onto one:
 * CPUs are kept by tasks that spin for ever.
 */
static bool fifo_ticks_in_vain(struct vengine *e, u64 ticks)
{
	return e->time->len - e->nr_watch == e->nr_ticks &&
	       ticks > 8ull * e->nr_ticks * (e->nr_queued + 1);
}

/* Daemons that come to life now and then do not keep a run going whose tasks all hang. */
#define HUNG_NS (1200 * NSEC_PER_SEC)

static bool fifo_hung(const struct vengine *e)
{
	return e->nr_stuck == e->nr_live && e->now_ns > e->acted_ns + HUNG_NS;
}

/* Is the run over, by its end or because nobody can do anything any more? */
static bool fifo_over(struct vengine *e, u64 ticks)
{
	struct sim *sim = e->sim;

	if (unlikely(sim->stopped))
		return true;
	if (unlikely(!e->nr_live)) {
		sim->end_ns = e->now_ns;
		return true;
	}
	if (unlikely(e->time->len == e->nr_watch || fifo_ticks_in_vain(e, ticks) || fifo_hung(e))) {
		virtual_quiet(e, e->now_ns);
		return true;
	}
	return false;
}

static bool fifo_at_limit(struct vengine *e)
{
	if (likely(e->now_ns <= e->limit_ns))
		return false;
	waitgraph_check_all(e->sim);
	virtual_stop(e, e->limit_ns);
	return true;
}

static struct vtask *fifo_pick(struct vengine *e)
{
	struct vtask *v;
	u64 ticks = 0;
	u32 id;

	e->cur = NULL;
	do {
		if (fifo_over(e, ticks))
			return NULL;
		id = timeq_pop(e->time);
		e->now_ns = e->time->base_ns;
		if (fifo_at_limit(e))
			return NULL;
		ticks = id < e->nr_tasks ? 0 : ticks + (id != e->watch_id);
		v = fifo_due(e, id);
	} while (!v);
	e->cur = v;
	horizon_update(e);
	return v;
}

static void fifo_switch(struct vengine *e, struct vtask *v)
{
	e->now_ns = v->t.clock_ns;
	if (!v->t.daemon)
		e->acted_ns = e->now_ns;
	virtual_switch(e, v, fifo_pick(e));
}

/* Let everybody go first who is due before @v's clock. */
static void fifo_yield(struct vengine *e, struct vtask *v)
{
	if (v->t.clock_ns < e->sim->horizon_ns)
		return;
	fifo_timer_add(e, v, v->t.clock_ns);
	fifo_switch(e, v);
}

static bool resched_due(const struct vengine *e, const struct vtask *v)
{
	if (vtask_in_user(v))
		return v->t.need_resched || v->resched_lazy;
	return v->t.need_resched && e->preemptible_kernel && preempt_allowed(v);
}

static void fifo_schedule(struct task *me)
{
	struct vengine *e = vengine(me);
	struct vtask *v = vtask(me);

	if (cpu_schedule(e, v))
		fifo_switch(e, v);
	else
		horizon_update(e);
}

static void fifo_point(struct task *me, u32 obj, enum sim_access access)
{
	struct vengine *e = vengine(me);
	struct vtask *v = vtask(me);

	if (likely(me->quiet_points < SIM_QUIET_POINTS))
		me->quiet_points++; /* not counted inline */
	if (!virtual_count_points(v))
		fifo_switch(e, v);
	if (unlikely(resched_due(e, v)))
		fifo_schedule(me);
	else
		fifo_yield(e, v);
}

static sim_ns fifo_now(const struct task *me)
{
	return me->clock_ns;
}

static void fifo_cost(struct task *me, sim_ns ns)
{
	struct vengine *e = vengine(me);
	struct vtask *v = vtask(me);

	if (unlikely(resched_due(e, v)))
		fifo_schedule(me);
	me->clock_ns += ns;
	fifo_yield(e, v);
}

static void fifo_compute(struct task *me, sim_ns ns)
{
	struct vtask *v = vtask(me);

	v->user = true;
	if (unlikely(resched_due(vengine(me), v)))
		fifo_schedule(me);
	if (ns)
		fifo_cost(me, ns);
	v->user = false;
}

/* Wait, in whatever way has been arranged, until somebody makes @v go on. */
static void fifo_wait(struct vengine *e, struct vtask *v, sim_ns deadline_ns)
{
	bool stuck = deadline_ns == SIM_NS_MAX && !v->t.daemon;

	e->nr_stuck += stuck;
	fifo_switch(e, v);
	e->nr_stuck -= stuck;
	v->t.park_deadline_ns = SIM_NS_MAX;
}

/* Off the CPU until somebody or the time wakes the task. */
static void fifo_sleep(struct vengine *e, struct vtask *v, enum vwait wait, sim_ns at_ns)
{
	virtual_sleep_check(v);
	v->wait = (u8)wait;
	v->t.state = TASK_SLEEPING;
	v->t.park_deadline_ns = at_ns;
	if (at_ns != SIM_NS_MAX)
		fifo_timer_add(e, v, at_ns);
	virtual_park_check(e, v);
	cpu_leave(e, v, v->t.clock_ns);
	fifo_wait(e, v, at_ns);
}

static void fifo_spin(struct vengine *e, struct vtask *v, sim_ns deadline_ns)
{
	v->wait = VWAIT_SPIN;
	v->t.state = TASK_SPINNING;
	v->t.park_deadline_ns = deadline_ns;
	if (deadline_ns != SIM_NS_MAX)
		fifo_timer_add(e, v, deadline_ns);
	virtual_park_check(e, v);
	fifo_wait(e, v, deadline_ns);
}

static int fifo_park(struct task *me, enum park_how how, sim_ns deadline_ns)
{
	struct vengine *e = vengine(me);
	struct vtask *v = vtask(me);
	int ret = virtual_park_early(v, how, deadline_ns);
	sim_ns start_ns = me->clock_ns;

	if (ret <= 0)
		return ret;
	me->park_how = (u8)how;
	if (how >= PARK_SPIN)
		fifo_spin(e, v, deadline_ns);
	else
		fifo_sleep(e, v, VWAIT_SLEEP, deadline_ns);
	if (how == PARK_SLEEP)
		watchdog_slept(me, start_ns);
	me->park_how = PARK_NONE;
	return v->park_ret;
}

static int fifo_spin_on_owner(struct task *me, struct task *owner, sim_ns deadline_ns)
{
	struct vtask *v = vtask(me);
	int ret;

	if (!task_on_cpu(owner) && !v->permit)
		return -ESRCH;
	list_add_tail(&v->spin_node, &vtask(owner)->spinners);
	ret = fifo_park(me, PARK_SPIN_OPT, deadline_ns);
	list_del_init(&v->spin_node);
	return ret;
}

static void fifo_unpark(struct task *me, struct task *target)
{
	struct vengine *e = vengine(me);
	struct vtask *v = vtask(target);

	if (v->wait != VWAIT_SPIN && v->wait != VWAIT_SLEEP) {
		v->permit = true;
		return;
	}
	if (v->wait == VWAIT_SPIN) {
		cpu_spin_end(e, v, 0, me->clock_ns);
	} else {
		fifo_dequeue(e, v);
		v->park_ret = 0;
		cpu_wake(e, v, me->clock_ns);
	}
	horizon_update(e);
}

static void fifo_sleep_until(struct task *me, sim_ns at_ns)
{
	if (at_ns > me->clock_ns)
		fifo_sleep(vengine(me), vtask(me), VWAIT_TIMER, at_ns);
}

static u32 fifo_nr_targets(const struct vengine *e)
{
	return e->sim->cfg.nr_cpus;
}

static struct vtask *fifo_target(struct vengine *e, u32 i)
{
	return e->cpu[i].curr;
}

/* An interrupt takes time from @v, which has a CPU and does not execute right now. */
static void fifo_interrupt(struct vengine *e, struct vtask *v, sim_ns now_ns, sim_ns handler_ns)
{
	if (v->t.state == TASK_SPINNING) {
		/* it goes on when the handler has returned, even if its wait ends before */
		v->t.clock_ns = max(now_ns, v->t.clock_ns + v->left_ns);
		v->left_ns = handler_ns;
		return;
	}
	fifo_dequeue(e, v);
	fifo_run_at(e, v, v->t.clock_ns + handler_ns);
	horizon_update(e);
}

static void fifo_irq_enabled(struct task *me)
{
	virtual_ipi_ack(me);
	if (unlikely(vengine(me)->cpu[me->cpu].watched))
		watch_irqs_on(vengine(me), &vengine(me)->cpu[me->cpu], me->clock_ns);
	if (unlikely(resched_due(vengine(me), vtask(me))))
		fifo_schedule(me);
}

static void fifo_task_done(struct vengine *e, struct vtask *v)
{
	e->now_ns = e->acted_ns = v->t.clock_ns;
	cpu_leave(e, v, v->t.clock_ns);
}

static void fifo_run(struct sim *sim)
{
	struct vengine *e = sim->engine;
	u32 ids = sim->nr_tasks + sim->cfg.nr_cpus + 1;

	e->nr_tasks = sim->nr_tasks;
	e->watch_id = ids - 1;
	e->pick = fifo_pick;
	e->task_done = fifo_task_done;
	e->nr_targets = fifo_nr_targets;
	e->target = fifo_target;
	e->interrupt = fifo_interrupt;
	e->time = sim_alloc(sim, sizeof(*e->time));
	timeq_init(e->time, sim_alloc(sim, ids * sizeof(struct timeq_node)), ids);
	e->pos = sim_alloc(sim, sim->nr_tasks * sizeof(u32));
	cpu_init(e);
	for (u32 i = 0; i < sim->nr_tasks; i++)
		cpu_start_task(e, vtask(sim->tasks[i]));
	watch_begin(e);
	virtual_run(e);
}

const struct engine_ops virtual_fifo_ops = {
	.name = "virtual",
	.task_size = sizeof(struct vtask),
	.exit = virtual_exit,
	.task_init = virtual_task_init,
	.task_exit = virtual_task_exit,
	.run = fifo_run,
	.point = fifo_point,
	.now = fifo_now,
	.cost = fifo_cost,
	.compute = fifo_compute,
	.schedule = fifo_schedule,
	.park = fifo_park,
	.spin_on_owner = fifo_spin_on_owner,
	.unpark = fifo_unpark,
	.sleep_until = fifo_sleep_until,
	.ipi = virtual_ipi,
	.irq_enabled = fifo_irq_enabled,
	.rcu_read_lock = virtual_rcu_read_lock,
	.rcu_read_unlock = virtual_rcu_read_unlock,
	.synchronize_rcu = virtual_synchronize_rcu,
	.call_rcu = virtual_call_rcu,
	.rcu_barrier = virtual_rcu_barrier,
	.blocks = virtual_blocks,
};
