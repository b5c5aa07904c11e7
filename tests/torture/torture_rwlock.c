// SPDX-License-Identifier: GPL-2.0-only
/*
 * tests/torture/torture_rwlock.c - rwlock_t: readers, writers, tries, and yielding in the middle.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/rwlock.h"
#include "tests/torture/torture.h"

#define NR 2

static struct rwlock lock[NR];

static void setup(struct torture *t)
{
	for (u32 i = 0; i < NR; i++)
		rwlock_init(t->sim, &lock[i], "torture_rwlock");
}

static void op(struct task *me, struct torture_worker *w)
{
	u32 i = torture_rand(w, NR);

	switch (torture_rand(w, 12)) {
	case 0:
		if (!read_trylock(me, &lock[i]))
			return;
		torture_read(w, i);
		read_unlock(me, &lock[i]);
		break;
	case 1:
		if (!write_trylock(me, &lock[i]))
			return;
		torture_write(w, i);
		write_unlock(me, &lock[i]);
		break;
	case 2:
	case 3:
		write_lock(me, &lock[i]);
		torture_write(w, i);
		if (cond_resched_rwlock_write(me, &lock[i]))
			w->nr_ops++;
		torture_write(w, i);
		write_unlock(me, &lock[i]);
		break;
	case 4:
		write_lock(me, &lock[i]);
		torture_write(w, i);
		write_unlock(me, &lock[i]);
		break;
	case 5:
		torture_dawdle(w);
		break;
	default:
		read_lock(me, &lock[i]);
		torture_read(w, i);
		read_unlock(me, &lock[i]);
		break;
	}
}

int main(int argc, char **argv)
{
	const struct torture_ops ops = {"rwlock", setup, op, NULL};

	return torture_main(argc, argv, &ops);
}
