// SPDX-License-Identifier: GPL-2.0-only
/*
 * tests/torture/torture_spinlock.c - spinlocks: plain, irq-off, tried, and nested in order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/spinlock.h"
#include "tests/torture/torture.h"

static struct spinlock lock[TORTURE_CELLS];

static void setup(struct torture *t)
{
	for (u32 i = 0; i < TORTURE_CELLS; i++)
		spin_lock_init(t->sim, &lock[i], "torture_spinlock");
}

static void op(struct task *me, struct torture_worker *w)
{
	u32 i = torture_rand(w, 3), k = i + 1 + torture_rand(w, 3);

	switch (torture_rand(w, 8)) {
	case 0:
		if (!spin_trylock(me, &lock[i]))
			return;
		torture_write(w, i);
		spin_unlock(me, &lock[i]);
		break;
	case 1:
		spin_lock_irq(me, &lock[i]);
		torture_write(w, i);
		spin_unlock_irq(me, &lock[i]);
		break;
	case 2:
		spin_lock(me, &lock[i]);
		spin_lock(me, &lock[k]);
		torture_write(w, k);
		spin_unlock(me, &lock[k]);
		torture_write(w, i);
		spin_unlock(me, &lock[i]);
		break;
	case 3:
		torture_dawdle(w);
		break;
	default:
		spin_lock(me, &lock[i]);
		torture_write(w, i);
		spin_unlock(me, &lock[i]);
		break;
	}
}

static void check(struct torture *t)
{
	torture_check_stat(t, "torture_spinlock");
}

int main(int argc, char **argv)
{
	const struct torture_ops ops = {"spinlock", setup, op, check};

	return torture_main(argc, argv, &ops);
}
