// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/lock_wait.c - who waits for which lock, behind whom, how long; each task's worst stall.
 *
 * Invariants: see lockdep.h.  A task waits for one lock at a time, and retries against one more at
 * most.  With statistics off only task->wait is kept, for the wait-for graph.
 *
 * Upstream: kernel/locking/lockdep.c:lock_contended; include/trace/events/lock.h
 * Fidelity: simplified (one object, whose holder is a hint on threads)
 */
#include <string.h>

#include "sim/core.h"
#include "sim/lockdep_internal.h"

static bool holds_map(const struct sim *sim, u32 id, const struct lockdep_map *map)
{
	return id < sim->nr_tasks && task_holds(sim->tasks[id], map->class, map->id);
}

/*
 * Who holds the lock?  Others' held[] may be read in the virtual engine only; on threads the map's
 * hint is all there is.  A long hold with many waiters is searched for once.
 */
static u32 holder_of(struct task *me, const struct lockdep_map *map)
{
	struct sim *sim = me->sim;
	u32 owner = __atomic_load_n(&map->owner, __ATOMIC_RELAXED);

	if (!sim->is_virtual || map->class->nr_holds == 0 || holds_map(sim, owner, map))
		return owner;
	if (holds_map(sim, map->class->a_holder, map))
		return map->class->a_holder;
	for (u32 i = 0; i < sim->nr_tasks; i++) {
		if (holds_map(sim, i, map))
			return map->class->a_holder = i;
	}
	return owner;
}

static void wait_note_holder(struct task *me, const struct lockdep_map *map)
{
	struct sim *sim = me->sim;
	u32 id = holder_of(me, map);

	me->wait.holder = id;
	me->wait.holder_op = NULL;
	me->wait.holder_func = NULL;
	if (id >= sim->nr_tasks)
		return;
	me->wait.holder_op = __atomic_load_n(&sim->tasks[id]->op, __ATOMIC_RELAXED);
	if (sim->is_virtual)
		me->wait.holder_func = sim_func(sim->tasks[id]);
}

static u32 contention_flags(const struct lock_class *class, enum lock_mode mode)
{
	u32 flags = class->flags & LOCKC_SPIN ? LCB_F_SPIN : 0;

	if (flags && !(class->flags & LOCKC_RW))
		return flags;
	if (class->flags & LOCKC_MUTEX)
		return flags | LCB_F_MUTEX;
	return flags | (mode == LOCK_READ ? LCB_F_READ : LCB_F_WRITE);
}

/* @func's place among @points, or NULL if there is none left for it. */
static struct lock_point *point_of(struct lock_point *points, const char *func)
{
	for (u32 i = 0; func && i < SIM_LOCK_POINTS; i++) {
		if (!points[i].func)
			points[i].func = func;
		if (strcmp(points[i].func, func) == 0)
			return &points[i];
	}
	return NULL;
}

bool lock_point_add(struct lock_point *points, const struct lock_point *add)
{
	struct lock_point *p = point_of(points, add->func);

	if (!p)
		return false;
	p->count += add->count;
	p->wait_ns += add->wait_ns;
	p->wait_max_ns = max(p->wait_max_ns, add->wait_max_ns);
	return true;
}

static void note_contention(struct task *me, const struct lockdep_map *map,
			    struct lock_mode_stat *st)
{
	st->contentions++;
	st->contention_bounces += owner_elsewhere(me, map);
	lock_point_add(st->waiting, &(struct lock_point){.func = sim_func(me), .count = 1});
	lock_point_add(st->holding, &(struct lock_point){.func = me->wait.holder_func, .count = 1});
}

void lock_contended(struct task *me, struct lockdep_map *map, enum lock_mode mode)
{
	if (me->wait.class == map->class && me->wait.id == map->id)
		return;
	SIM_ASSERT(me->wait.class == NULL);
	me->wait.id = map->id;
	me->wait.mode = mode;
	me->wait.func = sim_func(me);
	me->wait.since_ns = sim_now(me); /* without statistics, too: it tells waits apart */
	wait_note_holder(me, map);
	me->wait.class = map->class;
	if (me->nr_held && me->sim->cfg.checks && me->sim->is_virtual)
		lock_order_note(me, &(struct held_lock){.class = map->class,
							.id = map->id,
							.mode = (u8)mode,
							.func = sim_func(me)});
	if (me->sim->cfg.lock_stat)
		note_contention(me, map, &me->stats[map->class->id].mode[mode]);
	sim_event_at(me, EV_CONTENTION_BEGIN, map->id,
		     EV_LOCK_A(contention_flags(map->class, mode), map->class->id), 0,
		     me->wait.since_ns);
}

/*
 * Who was in the way for most of the wait?  Whoever held the lock when it began, unless one that
 * began later took more than half of it: readers queue behind a writer that waits for one of them.
 * In the virtual engine statistics are everybody's; on threads a task sees its own holds only.
 */
static const struct hold_record *wait_filled_by(const struct task *me, sim_ns wait_ns)
{
	const struct task_wait *w = &me->wait;

	for (int mode = 0; mode < LOCK_NR_MODES; mode++) {
		const struct hold_record *r = &me->stats[w->class->id].mode[mode].longest;
		sim_ns from_ns = max(r->at_ns, w->since_ns);
		sim_ns to_ns = min(r->at_ns + r->hold_ns, w->since_ns + wait_ns);

		if (r->func && r->id == w->id && r->task != me->id && r->at_ns > w->since_ns &&
		    to_ns > from_ns && to_ns - from_ns > wait_ns / 2)
			return r;
	}
	return NULL;
}

static void stall_note(struct task *me, sim_ns wait_ns)
{
	const struct hold_record *r;


	if (wait_ns <= me->stall.max_ns || me->wait.class->flags & LOCKC_PACING)
		return;
	r = wait_filled_by(me, wait_ns);
	me->stall = (struct stall){
		.max_ns = wait_ns,
		.at_ns = me->wait.since_ns,
		.op = me->op,
		.class = me->wait.class,
		.mode = me->wait.mode,
		.holder = r ? r->task : me->wait.holder,
		.holder_op = r ? r->op : me->wait.holder_op,
		.holder_func = r ? r->func : me->wait.holder_func,
	};
}

static void note_wait(struct task *me, struct lock_mode_stat *st, sim_ns wait_ns)
{
	struct lock_point *p = point_of(st->waiting, me->wait.func);

	if (p) {
		p->wait_ns += wait_ns;
		p->wait_max_ns = max(p->wait_max_ns, wait_ns);
	} else {
		st->others_max_ns = max(st->others_max_ns, wait_ns);
	}
}

/* The wait is over: with the lock (err 0) or without. */
static void wait_end(struct task *me, int err)
{
	sim_ns wait_ns = 0;

	if (me->sim->cfg.lock_stat) {
		struct lock_mode_stat *st =
			&me->stats[me->wait.class->id].mode[me->wait.mode];

		wait_ns = sim_now(me) - me->wait.since_ns;
		lock_record_ns(me, &st->wait, me->wait.class, me->wait.mode, true, wait_ns);
		note_wait(me, st, wait_ns);
		stall_note(me, wait_ns);
	}
	sim_event(me, EV_CONTENTION_END, me->wait.id, EV_LOCK_A(-err, me->wait.class->id),
		  wait_ns);
	me->wait.class = NULL;
}

void lock_wait_abort(struct task *me, struct lockdep_map *map, int err)
{
	if (me->wait.class == map->class && me->wait.id == map->id)
		wait_end(me, err);
}

void lock_wait_aside(struct task *me)
{
	SIM_ASSERT(!me->retry.class);
	me->retry = me->wait;
	me->wait.class = NULL;
}

void lock_wait_back(struct task *me)
{
	SIM_ASSERT(me->wait.class == NULL);
	me->wait = me->retry;
	me->retry.class = NULL;
}

void lock_retry_begin(struct task *me, struct lockdep_map *map)
{
	if (me->retry.class)
		return;
	lock_contended(me, map, LOCK_READ);
	lock_wait_aside(me);
}

void lock_retry_end(struct task *me, int err)
{
	if (likely(!me->retry.class))
		return;
	lock_wait_back(me);
	wait_end(me, err);
}

void lock_set_owner(struct task *me, struct lockdep_map *map)
{
	__atomic_store_n(&map->owner, me->id, __ATOMIC_RELAXED);
	__atomic_store_n(&map->owner_cpu, (u16)me->cpu, __ATOMIC_RELAXED);
}

void lock_wait_cut(struct task *t, sim_ns end_ns)
{
	if (!t->wait.class)
		t->wait = t->retry;
	if (t->wait.class && !t->daemon && t->sim->cfg.lock_stat && end_ns > t->wait.since_ns)
		stall_note(t, end_ns - t->wait.since_ns);
}
