// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intervals out of events.  See timeline.h.
 *
 * One pass over the log.  A task has at most one operation, one step and one wait open, and a few
 * holds.  Steps belong to the holds that the engine's statistics give them to: exclusive ones of
 * classes that have steps begin without one, and when they end, the step around them goes on.
 */
#include "tools/report/event.h"
#include "tools/report/timeline.h"

struct doing {
	/* written by the pass */
	u32 op, step, wait; /* slices, or TL_NONE */
	u32 hold[SIM_MAX_HELD];
	u32 hold_step[SIM_MAX_HELD]; /* the open step of that hold, or TL_NONE */
	const char *around[SIM_MAX_HELD]; /* the step that was open when it was acquired, or NULL */
	u32 nr_holds;
};

struct pass {
	/* written by the pass */
	struct timeline *tl;
	const struct report *r;
	struct doing *task;
	u32 *running;	   /* by CPU: the slice of who runs there, or TL_NONE */
	GHashTable *locks; /* EV_LOCK_CLASS and object to index + 1 */
};

static u32 lock_of(struct pass *p, const struct sim_event *ev)
{
	u64 key = (u64)EV_LOCK_CLASS(ev->a) << 32 | (u32)ev->obj;
	u32 i = GPOINTER_TO_UINT(g_hash_table_lookup(p->locks, (gpointer)key));
	struct tl_lock lock = {
		.class = event_class_name(p->r, ev),
		.class_id = EV_LOCK_CLASS(ev->a),
		.obj = (u32)ev->obj,
		.last = TL_NONE,
	};

	if (i)
		return i - 1;
	g_array_append_val(p->tl->locks, lock);
	i = p->tl->locks->len;
	g_hash_table_insert(p->locks, (gpointer)key, GUINT_TO_POINTER(i));
	return i - 1;
}

static u32 open_slice(struct pass *p, const struct sim_event *ev, enum tl_kind kind,
		      const char *name)
{
	struct tl_slice s = {
		.begin_ns = ev->at_ns,
		.kind = kind,
		.task = ev->task,
		.cpu = ev->cpu,
		.lock = TL_NONE,
		.hold = TL_NONE,
		.open = true,
		.name = name,
	};

	g_array_append_val(p->tl->slices, s);
	return p->tl->slices->len - 1;
}

static void close_slice(struct pass *p, u32 *i, sim_ns at_ns)
{
	struct tl_slice *s;

	if (*i == TL_NONE)
		return;
	s = timeline_slice(p->tl, *i);
	s->end_ns = max(at_ns, s->begin_ns);
	s->open = false;
	*i = TL_NONE;
}

static bool has_steps(const struct pass *p, u32 lock)
{
	return p->r->sim->classes[timeline_lock(p->tl, lock)->class_id].flags & LOCKC_STEPS;
}

/* The step @name, or none, begins in hold number @k of @t. */
static void hold_step(struct pass *p, const struct sim_event *ev, struct doing *t, u32 k,
		      const char *name)
{
	const struct tl_slice *hold = timeline_slice(p->tl, t->hold[k]);
	u32 lock = hold->lock, i;

	close_slice(p, &t->hold_step[k], ev->at_ns);
	if (!name || hold->read || !has_steps(p, lock))
		return;
	i = open_slice(p, ev, TL_HOLD_STEP, name);
	timeline_slice(p->tl, i)->lock = lock;
	timeline_slice(p->tl, i)->hold = t->hold[k];
	t->hold_step[k] = i;
}

static const char *open_step(const struct pass *p, const struct doing *t)
{
	return t->step == TL_NONE ? NULL : timeline_slice(p->tl, t->step)->name;
}

static void step_to(struct pass *p, const struct sim_event *ev, struct doing *t,
		    const char *name)
{
	close_slice(p, &t->step, ev->at_ns);
	if (name)
		t->step = open_slice(p, ev, TL_STEP, name);
	for (u32 k = 0; k < t->nr_holds; k++)
		hold_step(p, ev, t, k, name);
}

static void on_acquire(struct pass *p, const struct sim_event *ev, struct doing *t)
{
	u32 lock = lock_of(p, ev), k = t->nr_holds;
	struct tl_slice *s;

	if (k == SIM_MAX_HELD)
		return;
	t->hold[k] = open_slice(p, ev, TL_HOLD, timeline_lock(p->tl, lock)->class);
	t->hold_step[k] = TL_NONE;
	t->nr_holds++;
	s = timeline_slice(p->tl, t->hold[k]);
	s->lock = lock;
	s->read = EV_LOCK_VALUE(ev->a) == LOCK_READ;
	t->around[k] = open_step(p, t);
}

static void on_release(struct pass *p, const struct sim_event *ev, struct doing *t)
{
	u32 lock = lock_of(p, ev), k = t->nr_holds;
	const char *around;
	bool read;

	while (k && timeline_slice(p->tl, t->hold[k - 1])->lock != lock)
		k--;
	if (!k--)
		return;
	around = t->around[k];
	read = timeline_slice(p->tl, t->hold[k])->read;
	close_slice(p, &t->hold_step[k], ev->at_ns);
	timeline_lock(p->tl, lock)->last = t->hold[k];
	close_slice(p, &t->hold[k], ev->at_ns);
	t->nr_holds--;
	for (; k < t->nr_holds; k++) {
		t->hold[k] = t->hold[k + 1];
		t->hold_step[k] = t->hold_step[k + 1];
		t->around[k] = t->around[k + 1];
	}
	if (!read && has_steps(p, lock) && around != open_step(p, t))
		step_to(p, ev, t, around);
}

static void note_level(struct pass *p, u32 lock, sim_ns at_ns, s32 change)
{
	struct tl_lock *l = timeline_lock(p->tl, lock);
	struct tl_level level = {.at_ns = at_ns, .lock = lock};

	l->waiters += (u32)change;
	level.waiters = l->waiters;
	g_array_append_val(p->tl->levels, level);
}

static void on_contention_begin(struct pass *p, const struct sim_event *ev, struct doing *t)
{
	u32 lock = lock_of(p, ev);
	struct tl_slice *s;

	if (t->wait != TL_NONE)
		return;
	t->wait = open_slice(p, ev, TL_WAIT, timeline_lock(p->tl, lock)->class);
	s = timeline_slice(p->tl, t->wait);
	s->lock = lock;
	s->read = EV_LOCK_VALUE(ev->a) & LCB_F_READ;
	note_level(p, lock, ev->at_ns, 1);
}

/* Who is let in by a release of before its wait began was not woken by it. */
static void note_edge(struct pass *p, const struct tl_slice *wait)
{
	u32 last = timeline_lock(p->tl, wait->lock)->last;
	const struct tl_slice *hold = last == TL_NONE ? NULL : timeline_slice(p->tl, last);
	struct tl_edge edge = {.lock = wait->lock, .waiter = wait->task};

	if (!hold || hold->end_ns < wait->begin_ns || hold->task == wait->task)
		return;
	edge.release_ns = hold->end_ns;
	edge.wakeup_ns = wait->end_ns;
	edge.releaser = hold->task;
	g_array_append_val(p->tl->edges, edge);
}

static void on_contention_end(struct pass *p, const struct sim_event *ev, struct doing *t)
{
	u32 i = t->wait;
	struct tl_slice *s;

	if (i == TL_NONE)
		return;
	close_slice(p, &t->wait, ev->at_ns);
	s = timeline_slice(p->tl, i);
	s->ret = -(s64)EV_LOCK_VALUE(ev->a);
	note_level(p, s->lock, ev->at_ns, -1);
	if (!s->ret)
		note_edge(p, s);
}

static void on_op_end(struct pass *p, const struct sim_event *ev, struct doing *t)
{
	if (t->op == TL_NONE)
		return;
	timeline_slice(p->tl, t->op)->ret = (s64)ev->a;
	close_slice(p, &t->step, ev->at_ns);
	close_slice(p, &t->op, ev->at_ns);
}

static void on_switch(struct pass *p, const struct sim_event *ev)
{
	u32 cpu = (u32)ev->obj, next = (u32)ev->b;

	if (cpu >= p->r->sim->cfg.nr_cpus)
		return;
	close_slice(p, &p->running[cpu], ev->at_ns);
	if (next == SIM_NO_TASK)
		return;
	p->running[cpu] = open_slice(p, ev, TL_RUN, report_task(p->r, next));
	timeline_slice(p->tl, p->running[cpu])->task = next;
	timeline_slice(p->tl, p->running[cpu])->cpu = cpu;
}

static void on_task_event(struct pass *p, const struct sim_event *ev, struct doing *t)
{
	switch (ev->type) {
	case EV_LOCK_ACQUIRE:
		on_acquire(p, ev, t);
		break;
	case EV_LOCK_RELEASE:
		on_release(p, ev, t);
		break;
	case EV_CONTENTION_BEGIN:
		on_contention_begin(p, ev, t);
		break;
	case EV_CONTENTION_END:
		on_contention_end(p, ev, t);
		break;
	case EV_OP_BEGIN:
		t->op = open_slice(p, ev, TL_OP, event_op_name(p->r, ev->obj));
		break;
	case EV_OP_END:
		on_op_end(p, ev, t);
		break;
	case EV_STEP:
		step_to(p, ev, t, ev->obj ? event_step_name(p->r, ev->obj) : NULL);
		break;
	default:
		break;
	}
}

static void begin_pass(struct pass *p, struct timeline *tl, const struct report *r)
{
	u32 nr_tasks = max(r->sim->nr_tasks, 1u), nr_cpus = max(r->sim->cfg.nr_cpus, 1u);

	tl->slices = g_array_new(FALSE, FALSE, sizeof(struct tl_slice));
	tl->locks = g_array_new(FALSE, FALSE, sizeof(struct tl_lock));
	tl->edges = g_array_new(FALSE, FALSE, sizeof(struct tl_edge));
	tl->levels = g_array_new(FALSE, FALSE, sizeof(struct tl_level));
	*p = (struct pass){.tl = tl, .r = r};
	p->task = g_new0(struct doing, nr_tasks);
	p->running = g_new0(u32, nr_cpus);
	p->locks = g_hash_table_new(g_direct_hash, g_direct_equal);
	for (u32 i = 0; i < nr_tasks; i++)
		p->task[i].op = p->task[i].step = p->task[i].wait = TL_NONE;
	for (u32 i = 0; i < nr_cpus; i++)
		p->running[i] = TL_NONE;
}

void timeline_build(struct timeline *tl, const struct report *r)
{
	const struct event_log *log = &r->sim->log;
	sim_ns end_ns = r->sim->end_ns;
	struct pass p;

	begin_pass(&p, tl, r);
	for (size_t i = 0; i < log->len; i++) {
		const struct sim_event *ev = &log->ev[i];

		end_ns = max(end_ns, ev->at_ns);
		if (ev->type == EV_SCHED_SWITCH)
			on_switch(&p, ev);
		else if (ev->task < r->sim->nr_tasks)
			on_task_event(&p, ev, &p.task[ev->task]);
	}
	for (u32 i = 0; i < tl->slices->len; i++) {
		struct tl_slice *s = timeline_slice(tl, i);

		if (s->open)
			s->end_ns = end_ns;
	}
	g_free(p.task);
	g_free(p.running);
	g_hash_table_destroy(p.locks);
}

void timeline_finish(struct timeline *tl)
{
	g_array_free(tl->slices, TRUE);
	g_array_free(tl->locks, TRUE);
	g_array_free(tl->edges, TRUE);
	g_array_free(tl->levels, TRUE);
}
