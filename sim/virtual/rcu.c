// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/virtual/rcu.c - modelled RCU: grace periods end at the earliest legal moment.
 *
 * Grace-period requests are numbered.  An outermost read-side section notes the last number when it
 * begins, so it stands in the way of exactly the later requests.  Sections begin and end far more
 * often than anybody asks: they are counted, and only looked for if a request meets open ones.
 *
 * Invariants: nr_readers is the number of tasks with rcu_depth; waiters and batches are sorted by
 * request number, nr_requests counts both; a request is done once no open section began before it.
 * Interrupts-off and preemption-off regions are not sections: say rcu_read_lock().
 *
 * Upstream: kernel/rcu/ (semantics only)
 * Fidelity: simplified: a grace period has no length of its own, callbacks run where the last such
 * section ends, or inside call_rcu() if none is open
 */
#include "sim/race.h"
#include "sim/virtual/virtual.h"

/* Callbacks that wait for the same grace period. */
struct rcu_batch {
	/* written by the engine */
	struct list_head node;
	u64 gp;
	struct sim_rcu_head *first, **last;
};

/* A task in synchronize_rcu(). */
struct rcu_waiter {
	/* written by the engine */
	struct list_head node;
	u64 gp;
	struct vtask *v;
	bool done;
};

void virtual_rcu_init(struct vengine *e)
{
	INIT_LIST_HEAD(&e->rcu.waiters);
	INIT_LIST_HEAD(&e->rcu.batches);
	lock_init_map(e->sim, &e->rcu.map, "rcu", LOCKC_WAITQ | LOCKC_RECURSIVE | LOCKC_ENGINE);
}

/* The open section that began after the fewest requests, or NULL. */
static struct vtask *oldest_reader(const struct vengine *e)
{
	struct vtask *oldest = NULL;
	u32 left = e->rcu.nr_readers;

	for (u32 i = 0; left; i++) {
		struct vtask *v = vtask(e->sim->tasks[i]);

		if (!v->t.rcu_depth)
			continue;
		if (!oldest || v->rcu_start < oldest->rcu_start)
			oldest = v;
		left--;
	}
	return oldest;
}

/* The number of the last request that no open section stands in the way of. */
static u64 rcu_completed(const struct vengine *e)
{
	const struct vtask *v = oldest_reader(e);

	return v ? v->rcu_start : e->rcu.gp;
}

/* A new request; those made while no section began share a number. */
static u64 rcu_request(struct vengine *e)
{
	u32 left = e->rcu.nr_readers;

	for (u32 i = 0; left; i++) {
		const struct vtask *v = vtask(e->sim->tasks[i]);

		if (!v->t.rcu_depth)
			continue;
		if (v->rcu_start == e->rcu.gp)
			return ++e->rcu.gp;
		left--;
	}
	return e->rcu.gp;
}

static void batch_run(struct vengine *e, struct rcu_batch *b)
{
	list_del_init(&b->node);
	e->rcu.nr_requests--;
	if (e->cur)
		sim_touch(&e->cur->t, 0, SIM_OP(OP_LIFE, 1));
	while (b->first) {
		struct sim_rcu_head *head = b->first;

		b->first = head->next;
		head->func(e->sim, head); /* may free head */
	}
	sim_free(e->sim, b, sizeof(*b));
}

/*
 * A grace period comes after the sections that it waits for, and those that ended before it; a
 * section that begins during it comes after its beginning.  So none is ordered with all of it.
 */
static void race_leave(struct task *me, struct vengine *e)
{
	const struct rcu_waiter *w;

	__race_release(me, &e->rcu.nr_readers);
	list_for_each_entry(w, &e->rcu.waiters, node) {
		if (w->gp > vtask(me)->rcu_start)
			__race_release(me, w);
	}
}

static void rcu_advance(struct task *me)
{
	struct vengine *e = vengine(me);
	u64 completed = rcu_completed(e);

	while (!list_empty(&e->rcu.waiters)) {
		struct rcu_waiter *w =
			list_first_entry(&e->rcu.waiters, struct rcu_waiter, node);

		if (w->gp > completed)
			break;
		list_del_init(&w->node);
		e->rcu.nr_requests--;
		w->done = true;
		sim_unpark(me, &w->v->t);
	}
	while (!list_empty(&e->rcu.batches)) {
		struct rcu_batch *b = list_first_entry(&e->rcu.batches, struct rcu_batch, node);

		if (b->gp > completed)
			break;
		batch_run(e, b);
	}
}

void virtual_rcu_read_lock(struct task *me)
{
	struct vengine *e = vengine(me);
	struct vtask *v = vtask(me);

	if (me->rcu_depth) {
		me->rcu_depth++;
		return;
	}
	sim_point(me, e->rcu.map.id, SIM_RCU_READ);
	me->rcu_depth = 1;
	v->rcu_start = e->rcu.gp;
	e->rcu.nr_readers++;
	race_acquire(me, &e->rcu.gp);
}

void virtual_rcu_read_unlock(struct task *me)
{
	struct vengine *e = vengine(me);
	bool waited_for;

	if (unlikely(me->rcu_depth == 0)) {
		rcu_bad_unlock(me);
		return;
	}
	if (me->rcu_depth == 1)
		sim_touch(me, e->rcu.map.id, SIM_RELEASING);
	if (--me->rcu_depth)
		return;
	e->rcu.nr_readers--;
	if (unlikely(me->sim->racing))
		race_leave(me, e);
	waited_for = e->rcu.nr_requests;
	if (unlikely(waited_for))
		rcu_advance(me);
	sim_release_point_shared(me, e->rcu.map.id, waited_for);
}

void virtual_synchronize_rcu(struct task *me)
{
	struct vengine *e = vengine(me);
	struct rcu_waiter w = { .v = vtask(me) };

	might_sleep(me);
	sim_point(me, e->rcu.map.id, SIM_SYNC);
	race_release(me, &e->rcu.gp);
	if (unlikely(me->sim->racing))
		__race_pass(me->sim, &e->rcu.nr_readers, &w);
	w.gp = rcu_request(e);
	if (rcu_completed(e) >= w.gp) {
		race_acquire(me, &w);
		return;
	}
	vtask(me)->rcu_gp = w.gp;
	list_add_tail(&w.node, &e->rcu.waiters);
	e->rcu.nr_requests++;
	lock_contended(me, &e->rcu.map, LOCK_WRITE);
	while (!w.done)
		sim_park(me, PARK_SLEEP, SIM_NS_MAX);
	race_acquire(me, &w);
	lock_wait_abort(me, &e->rcu.map, 0);
}

void virtual_call_rcu(struct task *me, struct sim_rcu_head *head,
		      void (*func)(struct sim *sim, struct sim_rcu_head *head))
{
	struct vengine *e = vengine(me);
	struct rcu_batch *b = NULL;
	u64 gp;

	sim_point(me, e->rcu.map.id, SIM_SYNC);
	head->func = func;
	head->next = NULL;
	gp = rcu_request(e);
	if (!list_empty(&e->rcu.batches))
		b = list_last_entry(&e->rcu.batches, struct rcu_batch, node);
	if (!b || b->gp != gp) {
		b = sim_alloc(me->sim, sizeof(*b));
		b->gp = gp;
		b->first = NULL;
		b->last = &b->first;
		list_add_tail(&b->node, &e->rcu.batches);
		e->rcu.nr_requests++;
	}
	*b->last = head;
	b->last = &head->next;
	rcu_advance(me);
}

void virtual_kfree_rcu(struct task *me, struct sim_rcu_head *head,
		       void (*func)(struct sim *sim, struct sim_rcu_head *head))
{
	struct vengine *e = vengine(me);

	head->func = func;
	head->next = e->rcu.frees;
	e->rcu.frees = head;
}

void virtual_rcu_barrier(struct sim *sim)
{
	struct vengine *e = sim->engine;
	struct sim_rcu_head *head;

	while ((head = e->rcu.frees) != NULL) {
		e->rcu.frees = head->next;
		head->func(sim, head);
	}

	while (!list_empty(&e->rcu.batches))
		batch_run(e, list_first_entry(&e->rcu.batches, struct rcu_batch, node));
}

/**
 * virtual_rcu_waiter - who has been in synchronize_rcu() the longest, or NULL.
 * @reader: a task whose section is in its way
 */
struct task *virtual_rcu_waiter(const struct vengine *e, u32 *reader)
{
	if (list_empty(&e->rcu.waiters) || !e->rcu.nr_readers)
		return NULL;
	*reader = oldest_reader(e)->t.id;
	return &list_first_entry(&e->rcu.waiters, struct rcu_waiter, node)->v->t;
}

bool virtual_rcu_blocks(const struct vtask *holder, const struct vtask *waiter)
{
	return holder->t.rcu_depth && holder->rcu_start < waiter->rcu_gp;
}
