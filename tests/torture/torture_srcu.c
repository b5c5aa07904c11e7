// SPDX-License-Identifier: GPL-2.0-only
/*
 * tests/torture/torture_srcu.c - SRCU: published objects, replaced, freed; readers may sleep.
 *
 * As torture_rcu.c.  Two domains: waiting for one must not free what readers of the other see, so
 * each domain has slots of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/atomic.h"
#include "sim/srcu.h"
#include "tests/torture/torture.h"

#define NR    2
#define GOOD  0x5ca1ab1e0ddba11ull
#define STALE 0xdecea5eddecea5edull

struct object {
	/* constant while published */
	u64 magic;
	u64 copy;
};

static struct object *slot[NR];
static struct srcu_struct srcu[NR];
static struct mutex lock[NR]; /* updaters only */

static struct object *object_make(struct sim *sim)
{
	struct object *o = sim_alloc(sim, sizeof(*o));

	o->magic = GOOD;
	o->copy = GOOD;
	return o;
}

static void setup(struct torture *t)
{
	for (u32 i = 0; i < NR; i++) {
		init_srcu_struct(t->sim, &srcu[i], "torture_srcu");
		mutex_init(t->sim, &lock[i], "torture_srcu_update");
		slot[i] = object_make(t->sim);
	}
}

static void reader(struct task *me, struct torture_worker *w, u32 i)
{
	u32 idx = srcu_read_lock(me, &srcu[i]);
	u32 inner = torture_rand(w, 8) == 0 ? srcu_read_lock(me, &srcu[1 - i]) : 2;
	const struct object *o = load_acquire(slot[i]);

	torture_dawdle(w);
	if (torture_rand(w, 32) == 0)
		sim_sleep(me, 1000);
	if (inner < 2)
		srcu_read_unlock(me, &srcu[1 - i], inner);
	if (o->magic != GOOD || o->copy != GOOD)
		__atomic_add_fetch(&w->t->violations, 1, __ATOMIC_RELAXED);
	srcu_read_unlock(me, &srcu[i], idx);
}

static void updater(struct task *me, u32 i)
{
	struct object *fresh = object_make(me->sim), *old;

	mutex_lock(me, &lock[i]);
	old = slot[i];
	store_release(slot[i], fresh);
	mutex_unlock(me, &lock[i]);
	synchronize_srcu(me, &srcu[i]);
	old->magic = STALE;
	old->copy = STALE;
	sim_free(me->sim, old, sizeof(*old));
}

static void op(struct task *me, struct torture_worker *w)
{
	u32 i = torture_rand(w, NR);

	if (torture_rand(w, 32) == 0)
		updater(me, i);
	else
		reader(me, w, i);
}

int main(int argc, char **argv)
{
	const struct torture_ops ops = {"srcu", setup, op, NULL};

	return torture_main(argc, argv, &ops);
}
