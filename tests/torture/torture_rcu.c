// SPDX-License-Identifier: GPL-2.0-only
/*
 * tests/torture/torture_rcu.c - RCU: published objects, replaced, freed after a grace period.
 *
 * Objects are plain memory that a reader reads without any lock.  An updater unpublishes one, lets
 * a grace period pass (by waiting, or by a callback), overwrites it and frees it.  A reader that
 * sees the overwriting, or ThreadSanitizer seeing it happen, is a grace period cut short.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim/rcu.h"
#include "sim/spinlock.h"
#include "tests/torture/torture.h"

#define NR    4
#define GOOD  0x5ca1ab1e0ddba11ull
#define STALE 0xdecea5eddecea5edull

struct object {
	struct sim_rcu_head rcu;
	/* constant while published */
	u64 magic;
	u64 copy;
};

static struct object *slot[NR];
static struct spinlock lock[NR]; /* updaters only */

/* atomic */
static u64 nr_queued, nr_run, nr_made, nr_freed;

static struct object *object_make(struct sim *sim)
{
	struct object *o = sim_alloc(sim, sizeof(*o));

	o->magic = GOOD;
	o->copy = GOOD;
	__atomic_add_fetch(&nr_made, 1, __ATOMIC_RELAXED);
	return o;
}

static void object_free(struct sim *sim, struct object *o)
{
	o->magic = STALE;
	o->copy = STALE;
	__atomic_add_fetch(&nr_freed, 1, __ATOMIC_RELAXED);
	sim_free(sim, o, sizeof(*o));
}

static void object_free_rcu(struct sim *sim, struct sim_rcu_head *head)
{
	object_free(sim, container_of(head, struct object, rcu));
	__atomic_add_fetch(&nr_run, 1, __ATOMIC_RELAXED);
}

static void setup(struct torture *t)
{
	for (u32 i = 0; i < NR; i++) {
		spin_lock_init(t->sim, &lock[i], "torture_rcu_update");
		slot[i] = object_make(t->sim);
	}
}

static void reader(struct task *me, struct torture_worker *w, u32 i)
{
	bool nested = torture_rand(w, 4) == 0;
	const struct object *o;

	rcu_read_lock(me);
	if (nested)
		rcu_read_lock(me);
	o = rcu_dereference(slot[i]);
	torture_dawdle(w);
	if (nested)
		rcu_read_unlock(me);
	if (o->magic != GOOD || o->copy != GOOD)
		__atomic_add_fetch(&w->t->violations, 1, __ATOMIC_RELAXED);
	rcu_read_unlock(me);
}

static void updater(struct task *me, struct torture_worker *w, u32 i)
{
	struct object *fresh = object_make(me->sim), *old;

	spin_lock(me, &lock[i]);
	old = slot[i];
	rcu_assign_pointer(slot[i], fresh);
	spin_unlock(me, &lock[i]);
	if (torture_rand(w, 4) == 0) {
		synchronize_rcu(me);
		object_free(me->sim, old);
		return;
	}
	__atomic_add_fetch(&nr_queued, 1, __ATOMIC_RELAXED);
	call_rcu(me, &old->rcu, object_free_rcu);
}

static void op(struct task *me, struct torture_worker *w)
{
	u32 i = torture_rand(w, NR);

	if (torture_rand(w, 64) == 0)
		updater(me, w, i);
	else
		reader(me, w, i);
}

static void check(struct torture *t)
{
	assert_true(nr_queued > 0);
	assert_int_equal(nr_run, nr_queued); /* none is left behind at the end of a run */
	assert_int_equal(nr_made - nr_freed, NR);
}

int main(int argc, char **argv)
{
	const struct torture_ops ops = {"rcu", setup, op, check};

	return torture_main(argc, argv, &ops);
}
