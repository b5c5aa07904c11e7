// SPDX-License-Identifier: GPL-2.0-only
/*
 * tests/torture/torture_bitlock.c - the folio lock: bits in words, one table of wait queues.
 *
 * The words lie side by side and share hash slots with each other; two bits of one word are two
 * locks.  Bit 7 of each word is somebody else's flag and must survive.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/wait.h"
#include "tests/torture/torture.h"

#define NR    4
#define OTHER 7

static struct bit_wait_table table;
static u32 word[NR / 2];

static void setup(struct torture *t)
{
	bit_wait_table_init(t->sim, &table, "torture_bitlock");
	for (u32 i = 0; i < NR / 2; i++)
		word[i] = BIT(OTHER);
}

static bool take(struct task *me, struct torture_worker *w, u32 i)
{
	int err = 0;

	switch (torture_rand(w, 5)) {
	case 0:
		return bit_trylock(me, &table, &word[i / 2], i % 2, i);
	case 1:
		err = bit_lock_killable(me, &table, &word[i / 2], i % 2, i);
		break;
	default:
		bit_lock(me, &table, &word[i / 2], i % 2, i);
		break;
	}
	if (err)
		torture_take_signal(me);
	return !err;
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
		bit_wait(me, &table, &word[i / 2], i % 2, i);
		break;
	default:
		if (!take(me, w, i))
			return;
		torture_write(w, i);
		bit_unlock(me, &table, &word[i / 2], i % 2, i);
		break;
	}
}

static void check(struct torture *t)
{
	torture_check_stat(t, "torture_bitlock");
	for (u32 i = 0; i < NR / 2; i++)
		assert_int_equal(word[i], BIT(OTHER));
}

int main(int argc, char **argv)
{
	const struct torture_ops ops = {"bitlock", setup, op, check};

	return torture_main(argc, argv, &ops);
}
