// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/virtual/random.c - the scheduler of exploration: at each decision any task may go on.
 *
 * One clock for all: costs advance it, whoever spends them.  There are as many CPUs as tasks, so
 * nobody waits for one and nothing is preempted; timers fire when the clock reaches them, or, when
 * nobody can go on, the earliest does and the clock jumps.
 *
 * Invariants: enabled[] holds exactly the tasks that do not wait, in an order that follows from
 * the decisions taken so far; v->enabled_pos is the task's place in it.  sim->horizon_ns is 0, so
 * that every visible operation asks for a decision.
 */
#include "sim/virtual/virtual.h"

static void enable(struct vengine *e, struct vtask *v)
{
	v->enabled_pos = e->nr_enabled;
	e->enabled[e->nr_enabled++] = v;
	v->t.state = TASK_RUNNING;
}

static void disable(struct vengine *e, struct vtask *v)
{
	struct vtask *last = e->enabled[--e->nr_enabled];

	e->enabled[v->enabled_pos] = last;
	last->enabled_pos = v->enabled_pos;
}

static void timer_add(struct vengine *e, struct vtask *v, sim_ns at_ns)
{
	heap_push(&e->timers, e->pos, (struct heap_elem){ at_ns, heap_tag(e, v->t.id) });
}

static void timer_del(struct vengine *e, struct vtask *v)
{
	if (e->pos[v->t.id] != HEAP_NOWHERE)
		heap_remove(&e->timers, e->pos, e->pos[v->t.id]);
}

static void wait_end(struct vengine *e, struct vtask *v, int ret)
{
	timer_del(e, v);
	list_del_init(&v->spin_node);
	v->wait = VWAIT_NONE;
	v->park_ret = ret;
	enable(e, v);
}

static void timers_fire(struct vengine *e, sim_ns now_ns)
{
	while (e->timers.len && e->timers.e[0].key <= now_ns)
		wait_end(e, vtask(e->sim->tasks[HEAP_ID(e->timers.e[0].tag)]), -ETIME);
}

/* @v goes on; the clock goes with it. */
static struct vtask *random_go(struct vengine *e, struct vtask *v, sim_ns now_ns)
{
	v->t.clock_ns = now_ns + v->left_ns;
	v->left_ns = 0;
	e->cur = v;
	return v;
}

/* The task that executed has stopped doing so at e->now_ns. */
static struct vtask *random_pick(struct vengine *e)
{
	struct sim *sim = e->sim;

	e->cur = NULL;
	if (!e->nr_live || sim->stopped) {
		if (!sim->stopped)
			sim->end_ns = e->now_ns;
		return NULL;
	}
	if (!e->nr_enabled && e->timers.len)
		e->now_ns = max(e->now_ns, e->timers.e[0].key);
	if (e->now_ns > e->limit_ns) {
		waitgraph_check_all(sim);
		virtual_stop(e, e->limit_ns);
		return NULL;
	}
	if (e->timers.len)
		timers_fire(e, e->now_ns);
	if (!e->nr_enabled) {
		virtual_quiet(e, e->now_ns);
		return NULL;
	}
	return random_go(e, e->enabled[sim_choose(sim, CHOICE_SCHED, e->nr_enabled)], e->now_ns);
}

/* sim_choose() for what is decided most often: most runs are neither recorded nor replayed. */
static inline u32 choose_task(struct vengine *e)
{
	u32 n = e->nr_enabled;

	if (likely(n > 1 && choice_tape_draws(&e->sim->tape)))
		return choice_tape_draw(&e->sim->tape, CHOICE_SCHED, n);
	return sim_choose(e->sim, CHOICE_SCHED, n);
}

static void random_switch(struct vengine *e, struct vtask *v)
{
	e->now_ns = v->t.clock_ns;
	virtual_switch(e, v, random_pick(e));
}

static void random_decide(struct task *me)
{
	struct vengine *e = vengine(me);
	struct vtask *v = vtask(me);
	struct vtask *next;

	if (unlikely(++me->sim->points > me->sim->cfg.limit_points) ||
	    unlikely(me->clock_ns > e->limit_ns)) {
		virtual_count_points(v);
		random_switch(e, v);
	}
	if (unlikely(e->timers.len))
		timers_fire(e, me->clock_ns);
	next = e->enabled[choose_task(e)];
	virtual_switch_any(e, v, random_go(e, next, me->clock_ns));
}

static void random_point(struct task *me, u32 obj, enum sim_access access)
{
	random_decide(me);
}

static sim_ns random_now(const struct task *me)
{
	return me->clock_ns;
}

static void random_cost(struct task *me, sim_ns ns)
{
	me->clock_ns += ns;
}

/* Nobody waits for this task's CPU. */
static void random_schedule(struct task *me)
{
}

static void random_wait(struct vengine *e, struct vtask *v, enum vwait wait, sim_ns deadline_ns)
{
	if (wait != VWAIT_SPIN)
		virtual_sleep_check(v);
	v->wait = (u8)wait;
	disable(e, v);
	v->t.state = wait == VWAIT_SPIN ? TASK_SPINNING : TASK_SLEEPING;
	v->t.park_deadline_ns = deadline_ns;
	if (deadline_ns != SIM_NS_MAX)
		timer_add(e, v, deadline_ns);
	virtual_park_check(e, v);
	while (wait != VWAIT_SPIN && unlikely(!list_empty(&v->spinners)))
		wait_end(e, list_first_entry(&v->spinners, struct vtask, spin_node), -ESRCH);
	random_switch(e, v);
	v->t.park_deadline_ns = SIM_NS_MAX;
}

static int random_park(struct task *me, enum park_how how, sim_ns deadline_ns)
{
	struct vtask *v = vtask(me);
	int ret = virtual_park_early(v, how, deadline_ns);

	if (ret <= 0)
		return ret;
	me->park_how = (u8)how;
	random_wait(vengine(me), v, how >= PARK_SPIN ? VWAIT_SPIN : VWAIT_SLEEP, deadline_ns);
	me->park_how = PARK_NONE;
	return v->park_ret;
}

static int random_spin_on_owner(struct task *me, struct task *owner, sim_ns deadline_ns)
{
	struct vtask *v = vtask(me);
	int ret;

	if (!task_on_cpu(owner) && !v->permit)
		return -ESRCH;
	list_add_tail(&v->spin_node, &vtask(owner)->spinners);
	ret = random_park(me, PARK_SPIN_OPT, deadline_ns);
	list_del_init(&v->spin_node);
	return ret;
}

static void random_unpark(struct task *me, struct task *target)
{
	struct vtask *v = vtask(target);

	if (v->wait == VWAIT_SPIN || v->wait == VWAIT_SLEEP)
		wait_end(vengine(me), v, 0);
	else
		v->permit = true;
}

static void random_sleep_until(struct task *me, sim_ns at_ns)
{
	if (at_ns > me->clock_ns)
		random_wait(vengine(me), vtask(me), VWAIT_TIMER, at_ns);
}

static u32 random_nr_targets(const struct vengine *e)
{
	return e->nr_tasks;
}

static struct vtask *random_target(struct vengine *e, u32 i)
{
	return task_on_cpu(e->sim->tasks[i]) ? vtask(e->sim->tasks[i]) : NULL;
}

static void random_interrupt(struct vengine *e, struct vtask *v, sim_ns now_ns, sim_ns handler_ns)
{
	v->left_ns += handler_ns;
}

static void random_task_done(struct vengine *e, struct vtask *v)
{
	e->now_ns = v->t.clock_ns;
	disable(e, v);
	while (unlikely(!list_empty(&v->spinners)))
		wait_end(e, list_first_entry(&v->spinners, struct vtask, spin_node), -ESRCH);
}

static void random_run(struct sim *sim)
{
	struct vengine *e = sim->engine;
	u32 n = sim->nr_tasks;

	e->pick = random_pick;
	e->task_done = random_task_done;
	e->nr_targets = random_nr_targets;
	e->target = random_target;
	e->interrupt = random_interrupt;
	e->pos = sim_alloc(sim, n * sizeof(u32));
	e->enabled = sim_alloc(sim, n * sizeof(*e->enabled));
	heap_reserve(sim, &e->timers, n);
	for (u32 i = 0; i < n; i++) {
		e->pos[i] = HEAP_NOWHERE;
		sim->tasks[i]->cpu = i % sim->cfg.nr_cpus;
		enable(e, vtask(sim->tasks[i]));
	}
	sim->horizon_ns = 0;
	virtual_run(e);
}

const struct engine_ops virtual_random_ops = {
	.name = "virtual",
	.task_size = sizeof(struct vtask),
	.exit = virtual_exit,
	.task_init = virtual_task_init,
	.task_exit = virtual_task_exit,
	.run = random_run,
	.point = random_point,
	.now = random_now,
	.cost = random_cost,
	.compute = random_cost,
	.schedule = random_schedule,
	.park = random_park,
	.spin_on_owner = random_spin_on_owner,
	.unpark = random_unpark,
	.sleep_until = random_sleep_until,
	.ipi = virtual_ipi,
	.irq_enabled = virtual_ipi_ack,
	.rcu_read_lock = virtual_rcu_read_lock,
	.rcu_read_unlock = virtual_rcu_read_unlock,
	.synchronize_rcu = virtual_synchronize_rcu,
	.call_rcu = virtual_call_rcu,
	.rcu_barrier = virtual_rcu_barrier,
	.blocks = virtual_blocks,
};
