// SPDX-License-Identifier: GPL-2.0-only
/*
 * tests/torture/torture_mutex.c - mutexes: spun for, slept for, tried, interrupted, nested.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/mutex.h"
#include "tests/torture/torture.h"

static struct mutex lock[TORTURE_CELLS];

static void setup(struct torture *t)
{
	for (u32 i = 0; i < TORTURE_CELLS; i++)
		mutex_init(t->sim, &lock[i], "torture_mutex");
}

static bool take(struct task *me, struct torture_worker *w, struct mutex *m)
{
	int err = 0;

	switch (torture_rand(w, 6)) {
	case 0:
		return mutex_trylock(me, m);
	case 1:
		err = mutex_lock_killable(me, m);
		break;
	case 2:
		err = mutex_lock_interruptible(me, m);
		break;
	default:
		mutex_lock(me, m);
		break;
	}
	if (err)
		torture_take_signal(me);
	return !err;
}

static void op(struct task *me, struct torture_worker *w)
{
	u32 i = torture_rand(w, 2), k = i + 1 + torture_rand(w, 2);

	switch (torture_rand(w, 8)) {
	case 0:
		torture_dawdle(w);
		break;
	case 1:
		torture_signal(me, w);
		break;
	case 2:
		if (!take(me, w, &lock[i]))
			return;
		if (take(me, w, &lock[k])) {
			torture_write(w, k);
			mutex_unlock(me, &lock[k]);
		}
		torture_write(w, i);
		mutex_unlock(me, &lock[i]);
		break;
	default:
		if (!take(me, w, &lock[i]))
			return;
		torture_write(w, i);
		mutex_unlock(me, &lock[i]);
		break;
	}
}

static void check(struct torture *t)
{
	torture_check_stat(t, "torture_mutex");
}

int main(int argc, char **argv)
{
	const struct torture_ops ops = {"mutex", setup, op, check};

	return torture_main(argc, argv, &ops);
}
