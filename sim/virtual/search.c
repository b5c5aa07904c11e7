// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/virtual/search.c - the scheduler of a search: an explorer names who goes on (sim/explore.h).
 *
 * A step is what a task does from one decision to its next.  What it touches is collected from its
 * sim_point(), from the locks' events, from wake-ups and from sim_touch().
 *
 * A lock without a shared mode is not queued for: who wants it is not enabled while it is held.
 * That leaves out no order of acquisitions, because nobody can see such a queue.  A lock with a
 * shared mode is asked for in a step of its own, with the real queue: who queues there, others can
 * see (waiting writers stop new readers; rwlock_needbreak()).  Nobody spins optimistically.
 *
 * Daemons end with what they have to do: see explore.h.
 *
 * When nobody is enabled any more, those who wait for a lock are let run into it, for the wait-for
 * graph to see: that is no part of the search.
 *
 * Invariants: enabled has a bit for exactly the tasks that may be picked; held[] has the objects
 * that somebody holds exclusively; a task's objects are numbered in a range of its own.
 */
#include <string.h>

#include "sim/explore.h"
#include "sim/virtual/search.h"

/* --- decisions --- */

static void await_end(struct vengine *e)
{
	for (u32 id = 0; id < e->nr_tasks; id++) {
		if (e->search->round[id].waits)
			search_round_changed(e, id, SIM_NO_STEP);
	}
}

static bool some_wait_for_locks(const struct search *s)
{
	for (u32 w = 0; w < s->view.nr_words; w++) {
		if (s->lockers[w])
			return true;
	}
	return false;
}

/* Loops go round for ever.  If tasks have turned out to be deadlocked, that is why. */
static void search_in_vain(struct vengine *e)
{
	if (sim_has_finding(e->sim, "deadlock"))
		virtual_stop(e, e->now_ns);
	else
		virtual_livelock(e, "rounds of loops that nobody else can end", e->search->in_vain);
}

/*
 * Nobody is enabled: let loops go round that nobody is left to help, then let those who wait for a
 * lock show it.  Return: false if that changes nothing; the run may have been stopped, too.
 */
static bool search_unstick(struct vengine *e)
{
	struct search *s = e->search;

	if (s->ex && s->ex->ops->stuck && !s->draining)
		s->ex->ops->stuck(s->ex, &s->view);
	if (s->nr_rounds && !s->over && ++s->in_vain <= SEARCH_ROUNDS_IN_VAIN)
		await_end(e);
	if (s->view.nr_enabled)
		return true;
	if (s->in_vain > SEARCH_ROUNDS_IN_VAIN && (s->draining || !some_wait_for_locks(s))) {
		search_in_vain(e);
		return true;
	}
	for (u32 w = 0; w < s->view.nr_words; w++) {
		for (u64 bits = s->lockers[w]; bits; bits &= bits - 1)
			set_enabled(s, w * 64 + (u32)__builtin_ctzll(bits), true);
		s->lockers[w] = 0;
	}
	s->draining = true;
	return s->view.nr_enabled;
}

/* Only daemons are left: they finish what they are at, but time does not pass any more. */
static void search_over(struct vengine *e)
{
	struct search *s = e->search;

	s->over = true;
	for (u32 id = 0; id < e->nr_tasks; id++) {
		const struct vtask *v = vtask(e->sim->tasks[id]);

		if (v->wait != VWAIT_NONE)
			set_enabled(s, id, false);
	}
}

/* Return: false if they go on for ever. */
static bool search_after(struct vengine *e)
{
	struct search *s = e->search;

	if (!s->over)
		search_over(e);
	if (likely(++s->nr_after <= SEARCH_STEPS_AFTER))
		return true;
	if (s->ex)
		s->ex->stats.cuts |= CUT_STEPS;
	e->sim->cut = true;
	virtual_stop(e, e->now_ns);
	return false;
}

static u32 search_ask(struct vengine *e)
{
	struct search *s = e->search;
	struct explore_view *view = &s->view;
	u32 id, rank = 0;

	if (unlikely(s->draining))
		return explore_next_enabled(view, 0);
	view->last_enabled = view->last != SIM_NO_TASK && explore_is_enabled(view, view->last);
	view->last_retries = s->step_retries;
	if (!s->ex)
		return explore_ranked(view, choice_tape_take(e->sim, CHOICE_SCHED,
							    view->nr_enabled, NULL));
	id = s->ex->ops->pick(s->ex, view);
	if (unlikely(e->sim->tape.record) && id != EXPLORE_STOP) {
		for (u32 i = explore_next_enabled(view, 0); i < id; rank++)
			i = explore_next_enabled(view, i + 1);
		choice_tape_take(e->sim, CHOICE_SCHED, view->nr_enabled, &rank);
	}
	return id;
}

static struct vtask *search_go(struct vengine *e, u32 id)
{
	struct search *s = e->search;
	struct vtask *v = vtask(e->sim->tasks[id]);

	if (s->own_objs && s->numbering != v) {
		if (s->numbering)
			s->numbering->next_obj = e->sim->next_obj;
		e->sim->next_obj = v->next_obj;
		s->numbering = v;
	}
	s->step_retries = false;
	s->vain[id / 64] &= ~bit_of(id);
	e->cur = v;
	if (s->pending[id].kind == OP_LOCK)
		s->lockers[id / 64] &= ~bit_of(id);
	search_step_begin(e, v);
	return v;
}

/* The task that executed has come to its next decision, waits, or has finished. */
static struct vtask *search_pick(struct vengine *e)
{
	struct sim *sim = e->sim;
	struct search *s = e->search;
	u32 id;

	search_step_end(e);
	e->cur = NULL;
	if (unlikely(sim->stopped || (!e->nr_live && !search_after(e))))
		return NULL;
	if (unlikely(!s->view.nr_enabled) && !search_unstick(e)) {
		virtual_quiet(e, e->now_ns);
		return NULL;
	}
	if (unlikely(sim->stopped))
		return NULL;
	id = search_ask(e);
	if (unlikely(id == EXPLORE_STOP)) {
		sim->cut = true;
		virtual_stop(e, e->now_ns);
		return NULL;
	}
	SIM_ASSERT(id < e->nr_tasks && explore_is_enabled(&s->view, id));
	return search_go(e, id);
}

void search_switch(struct vengine *e, struct vtask *v)
{
	e->now_ns = max(e->now_ns, v->t.clock_ns);
	virtual_switch(e, v, search_pick(e));
}

/* Is it over before it ends?  Too many steps are a livelock. */
static void search_count(struct vengine *e, struct vtask *v)
{
	if (unlikely(++e->sim->points > e->sim->cfg.limit_points))
		virtual_count_points(v);
}

void search_decide(struct task *me, struct explore_op op)
{
	struct vengine *e = vengine(me);
	struct search *s = e->search;
	struct vtask *v = vtask(me);

	search_count(e, v);
	s->pending[me->id] = op;
	if (op.kind == OP_LOCK && !s->draining) {
		s->lockers[me->id / 64] |= bit_of(me->id);
		if (s->nr_held && search_is_held(s, op.obj))
			set_enabled(s, me->id, false);
	}
	search_switch(e, v);
}

static void search_release(struct task *me, u32 obj, bool write)
{
	struct vengine *e = vengine(me);
	struct search *s = e->search;

	search_touch_add(e, me, obj, write || s->unparked, TOUCH_ACCESS);
	s->unparked = false;
}

static void search_point(struct task *me, u32 obj, enum sim_access access)
{
	struct vengine *e = vengine(me);
	struct vtask *v = vtask(me);
	u8 kind = (u8)((u32)access >> 1), write = access & 1;

	if (kind == OP_RELEASE) {
		search_release(me, obj, write);
		return;
	}
	if (kind == OP_IPI && e->search->ex)
		e->search->ex->ipis = true;
	v->wait_obj = v->wait_obj2 = obj;
	v->wait_write = kind != OP_WAIT || write;
	search_decide(me, (struct explore_op){.obj = obj, .write = write, .kind = kind});
}

static u32 search_choose(struct sim *sim, enum choice_kind kind, u32 n)
{
	struct vengine *e = sim->engine;
	struct search *s = e->search;
	u32 value;

	if (s && e->cur && s->round[e->cur->t.id].open) /* the next round may choose otherwise */
		search_round_changed(e, e->cur->t.id, SIM_NO_STEP);
	if (!s || !s->ex || !s->ex->ops->choose)
		return choice_tape_take(sim, kind, n, NULL);
	value = s->ex->ops->choose(s->ex, e->cur ? &e->cur->t : NULL, kind, n);
	return choice_tape_take(sim, kind, n, &value);
}

/* --- waiting --- */

static void search_wait(struct vengine *e, struct vtask *v, enum vwait wait, sim_ns deadline_ns)
{
	struct search *s = e->search;
	bool timed = deadline_ns != SIM_NS_MAX;

	if (wait != VWAIT_SPIN)
		virtual_sleep_check(v);
	if (timed) /* waits for time alone never end either */
		search_count(e, v);
	v->wait = (u8)wait;
	v->timed = timed;
	v->t.state = wait == VWAIT_SPIN ? TASK_SPINNING : TASK_SLEEPING;
	v->t.park_deadline_ns = deadline_ns;
	s->pending[v->t.id] = (struct explore_op){.obj = v->wait_obj, .kind = OP_TIMEOUT};
	set_enabled(s, v->t.id, timed && !s->over);
	virtual_park_check(e, v);
	search_switch(e, v);
	if (v->wait != VWAIT_NONE) { /* nobody has ended it */
		v->wait = VWAIT_NONE;
		v->park_ret = -ETIME;
		v->t.state = TASK_RUNNING;
		v->t.clock_ns = max(v->t.clock_ns, deadline_ns);
	}
	v->timed = false;
	v->t.park_deadline_ns = SIM_NS_MAX;
}

static int search_park(struct task *me, enum park_how how, sim_ns deadline_ns)
{
	struct vengine *e = vengine(me);
	struct vtask *v = vtask(me);
	int ret;

	search_touch_add(e, me, EXPLORE_TASK_OBJ | me->id, true, TOUCH_ACCESS);
	ret = virtual_park_early(v, how, deadline_ns);
	if (ret <= 0)
		return ret;
	if (how == PARK_SPIN_OPT && deadline_ns != SIM_NS_MAX) {
		me->clock_ns = deadline_ns; /* has spun in vain */
		return -ETIME;
	}
	if (me->wait.class)
		v->wait_obj2 = me->wait.id;
	search_touch_add(e, me, v->wait_obj, v->wait_write, TOUCH_ACCESS);
	search_touch_add(e, me, v->wait_obj2, v->wait_write, TOUCH_ACCESS);
	me->park_how = (u8)how;
	search_wait(e, v, how >= PARK_SPIN ? VWAIT_SPIN : VWAIT_SLEEP, deadline_ns);
	me->park_how = PARK_NONE;
	return v->park_ret;
}

/* It is not known who has a CPU: nobody spins on anybody. */
static int search_spin_on_owner(struct task *me, struct task *owner, sim_ns deadline_ns)
{
	struct vtask *v = vtask(me);
	bool permit = v->permit;

	search_touch_add(vengine(me), me, EXPLORE_TASK_OBJ | me->id, true, TOUCH_ACCESS);
	v->permit = false;
	return permit ? 0 : -ESRCH;
}

static void search_unpark(struct task *me, struct task *target)
{
	struct vengine *e = vengine(me);
	struct search *s = e->search;
	struct vtask *v = vtask(target);

	if (unlikely(!e->cur)) { /* callbacks after the run */
		v->permit = true;
		return;
	}
	search_touch_add(e, me, EXPLORE_TASK_OBJ | target->id, false, TOUCH_WAKE);
	search_round_lasts(e, me);
	if (v->wait != VWAIT_SPIN && v->wait != VWAIT_SLEEP) {
		v->permit = true;
		return;
	}
	s->unparked = true;
	if (s->ex && s->ex->ipis)
		search_touch_add(e, me, e->ipi_map.id, false, TOUCH_ACCESS);
	v->wait = VWAIT_NONE;
	v->park_ret = 0;
	v->woken_by = (u32)s->view.step;
	v->t.state = TASK_RUNNING;
	v->t.clock_ns = max(v->t.clock_ns, me->clock_ns);
	s->pending[target->id] = (struct explore_op){
		.obj = v->wait_obj, .write = v->wait_write, .kind = OP_WOKEN,
	};
	set_enabled(s, target->id, true);
}

static void search_sleep_until(struct task *me, sim_ns at_ns)
{
	struct vtask *v = vtask(me);

	if (at_ns <= me->clock_ns)
		return;
	v->wait_obj = v->wait_obj2 = 0; /* for nothing but time */
	v->wait_write = false;
	search_wait(vengine(me), v, VWAIT_TIMER, at_ns);
}

/* --- the rest of an engine --- */

static sim_ns search_now(const struct task *me)
{
	return me->clock_ns;
}

static void search_cost(struct task *me, sim_ns ns)
{
	me->clock_ns += ns;
}

/* Nobody waits for this task's CPU. */
static void search_schedule(struct task *me)
{
}

static u32 search_nr_targets(const struct vengine *e)
{
	return e->nr_tasks;
}

static struct vtask *search_target(struct vengine *e, u32 i)
{
	return task_on_cpu(e->sim->tasks[i]) ? vtask(e->sim->tasks[i]) : NULL;
}

/* Whose clock is how late does not matter. */
static void search_interrupt(struct vengine *e, struct vtask *v, sim_ns now_ns, sim_ns handler_ns)
{
}

static void search_task_done(struct vengine *e, struct vtask *v)
{
	e->now_ns = max(e->now_ns, v->t.clock_ns);
	set_enabled(e->search, v->t.id, false);
	if (e->search->has_daemons && !v->t.daemon)
		search_touch_add(e, &v->t, EXPLORE_END_OBJ, TOUCH_COMMUTES, TOUCH_ACCESS);
}

/* Objects made during the run are numbered per task, up to so many tasks. */
#define OWN_OBJS_TASKS 500
#define OWN_OBJS_SHIFT 22

static void search_init(struct vengine *e)
{
	struct sim *sim = e->sim;
	u32 n = sim->nr_tasks, words = (n + 63) / 64;
	struct search *s = sim_zalloc(sim, sizeof(*s));

	s->ex = sim->cfg.explorer;
	s->enabled = sim_zalloc(sim, words * sizeof(u64));
	s->lockers = sim_zalloc(sim, words * sizeof(u64));
	s->vain = sim_zalloc(sim, words * sizeof(u64));
	s->pending = sim_zalloc(sim, n * sizeof(*s->pending));
	s->round = sim_zalloc(sim, n * sizeof(*s->round));
	s->cap_held = s->cap_touch = 16;
	s->held = sim_alloc(sim, s->cap_held * sizeof(*s->held));
	s->touch = sim_alloc(sim, s->cap_touch * sizeof(*s->touch));
	s->own_objs = n <= OWN_OBJS_TASKS;
	s->step.task = SIM_NO_TASK;
	s->view = (struct explore_view){
		.sim = sim, .enabled = s->enabled, .vain = s->vain, .nr_words = words,
		.pending = s->pending, .last = SIM_NO_TASK,
	};
	e->search = s;
	for (u32 i = 0; i < n; i++) {
		struct vtask *v = vtask(sim->tasks[i]);

		s->pending[i].kind = OP_START;
		s->has_daemons |= v->t.daemon;
		v->woken_by = SIM_NO_STEP;
		v->next_obj = sim->next_obj + ((i + 1) << OWN_OBJS_SHIFT);
		v->t.cpu = i % sim->cfg.nr_cpus;
		v->t.state = TASK_RUNNING;
		set_enabled(s, i, true);
	}
}

static void search_run(struct sim *sim)
{
	struct vengine *e = sim->engine;
	struct explorer *ex = sim->cfg.explorer;

	e->pick = search_pick;
	e->task_done = search_task_done;
	e->nr_targets = search_nr_targets;
	e->target = search_target;
	e->interrupt = search_interrupt;
	e->nr_tasks = sim->nr_tasks;
	search_init(e);
	sim->searching = sim->recording = sim->release_points = true;
	sim->horizon_ns = 0;
	if (ex && ex->ops->begin)
		ex->ops->begin(ex, sim);
	e->search->wants_steps = ex && ex->ops->stepped; /* begin() may have decided that */
	virtual_run(e);
}

const struct engine_ops virtual_search_ops = {
	.name = "virtual",
	.task_size = sizeof(struct vtask),
	.exit = virtual_exit,
	.task_init = virtual_task_init,
	.task_exit = virtual_task_exit,
	.run = search_run,
	.point = search_point,
	.now = search_now,
	.cost = search_cost,
	.compute = search_cost,
	.schedule = search_schedule,
	.park = search_park,
	.spin_on_owner = search_spin_on_owner,
	.unpark = search_unpark,
	.sleep_until = search_sleep_until,
	.ipi = virtual_ipi,
	.irq_enabled = virtual_ipi_ack,
	.rcu_read_lock = virtual_rcu_read_lock,
	.rcu_read_unlock = virtual_rcu_read_unlock,
	.synchronize_rcu = virtual_synchronize_rcu,
	.call_rcu = virtual_call_rcu,
	.kfree_rcu = virtual_kfree_rcu,
	.rcu_barrier = virtual_rcu_barrier,
	.blocks = virtual_blocks,
	.touch = search_touch,
	.retry = search_retry,
	.round = search_round,
	.choose = search_choose,
};
