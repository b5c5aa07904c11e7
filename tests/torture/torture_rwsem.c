// SPDX-License-Identifier: GPL-2.0-only
/*
 * tests/torture/torture_rwsem.c - rw_semaphore: all ways in, downgrade, and signals on the way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/rwsem.h"
#include "tests/torture/torture.h"

#define NR 2

static struct rw_semaphore sem[NR];

static void setup(struct torture *t)
{
	for (u32 i = 0; i < NR; i++)
		init_rwsem(t->sim, &sem[i], "torture_rwsem", LOCKC_STEPS);
}

static void read_some(struct task *me, struct torture_worker *w, u32 i)
{
	int err = 0;

	switch (torture_rand(w, 6)) {
	case 0:
		if (!down_read_trylock(me, &sem[i]))
			return;
		break;
	case 1:
		err = down_read_killable(me, &sem[i]);
		break;
	case 2:
		err = down_read_interruptible(me, &sem[i]);
		break;
	default:
		down_read(me, &sem[i]);
		break;
	}
	if (err) {
		torture_take_signal(me);
		return;
	}
	torture_read(w, i);
	up_read(me, &sem[i]);
}

static void write_some(struct task *me, struct torture_worker *w, u32 i)
{
	int err = 0;

	switch (torture_rand(w, 4)) {
	case 0:
		if (!down_write_trylock(me, &sem[i]))
			return;
		break;
	case 1:
		err = down_write_killable(me, &sem[i]);
		break;
	default:
		down_write(me, &sem[i]);
		break;
	}
	if (err) {
		torture_take_signal(me);
		return;
	}
	torture_write(w, i);
	if (torture_rand(w, 4) == 0) {
		downgrade_write(me, &sem[i]);
		torture_read(w, i);
		up_read(me, &sem[i]);
		return;
	}
	up_write(me, &sem[i]);
}

static void op(struct task *me, struct torture_worker *w)
{
	u32 i = torture_rand(w, NR);

	switch (torture_rand(w, 8)) {
	case 0:
		torture_dawdle(w);
		break;
	case 1:
		torture_signal(me, w);
		break;
	case 2:
	case 3:
		write_some(me, w, i);
		break;
	default:
		read_some(me, w, i);
		break;
	}
}

int main(int argc, char **argv)
{
	const struct torture_ops ops = {"rwsem", setup, op, NULL};

	return torture_main(argc, argv, &ops);
}
