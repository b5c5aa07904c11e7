// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wait queues, and the bit lock's rules B1 to B4 of sim/wait.h.
 */
#include "tests/unit/locktest.h"

#include "sim/spinlock.h"
#include "sim/wait.h"

struct event {
	struct wait_queue_head wq;
	struct spinlock lock;
	u32 value;
	u32 woken;
	sim_ns at_ns[8];
	int ret[8];
	char how;
};

static bool event_locked_test(struct task *me, struct event *e)
{
	bool ret;

	spin_lock(me, &e->lock);
	ret = e->value != 0;
	spin_unlock(me, &e->lock);
	return ret;
}

static void event_waiter_fn(struct task *me, void *arg)
{
	struct event *e = arg;

	switch (e->how) {
	case 'k':
		e->ret[me->id] = wait_event_killable(me, &e->wq, e->value != 0);
		break;
	case 'i':
		e->ret[me->id] = wait_event_interruptible(me, &e->wq, e->value != 0);
		break;
	case 'x':
		wait_event_exclusive(me, &e->wq, e->value != 0);
		break;
	case 'l':
		wait_event(me, &e->wq, event_locked_test(me, e));
		break;
	default:
		wait_event(me, &e->wq, e->value != 0);
	}
	e->at_ns[me->id] = sim_now(me);
	e->woken++;
}

static void event_waker_fn(struct task *me, void *arg)
{
	struct event *e = arg;

	lt_until(me, 10);
	wake_up_all(me, &e->wq); /* for nothing: the condition is still false */
	lt_until(me, 20);
	if (e->how == 'k' || e->how == 'i') {
		send_signal(me, me->sim->tasks[0], 1);
		send_signal(me, me->sim->tasks[1], 2);
	}
	lt_until(me, 30);
	spin_lock(me, &e->lock);
	e->value = 1;
	spin_unlock(me, &e->lock);
	if (e->how == 'x')
		wake_up(me, &e->wq);
	else if (e->how != 'n')
		wake_up_all(me, &e->wq);
	lt_until(me, 40);
	if (e->how == 'x')
		wake_up(me, &e->wq);
}

static struct sim *event_run(struct event *e, char how)
{
	struct sim_config cfg = lt_config();
	struct sim *sim = sim_create(&cfg);

	memset(e, 0, sizeof(*e));
	e->how = how;
	init_waitqueue_head(sim, &e->wq, "event");
	spin_lock_init(sim, &e->lock, "event_lock");
	for (int i = 0; i < 3; i++)
		sim_task_create(sim, "waiter", ACTOR_KERNEL, event_waiter_fn, e, -1);
	sim_task_create(sim, "waker", ACTOR_KERNEL, event_waker_fn, e, -1);
	sim_run(sim);
	return sim;
}

static void test_wait_event(void **state)
{
	for (const char *how = "-l"; *how; how++) {
		struct event e;
		struct sim *sim = event_run(&e, *how);

		lt_no_findings(sim);
		assert_int_equal(e.woken, 3);
		for (int i = 0; i < 3; i++)
			assert_int_equal(e.at_ns[i], 30 * US);
		assert_true(list_empty(&e.wq.head));
		sim_destroy(sim);
	}
}

static void test_wait_event_signals(void **state)
{
	for (const char *how = "ki"; *how; how++) {
		struct event e;
		struct sim *sim = event_run(&e, *how);

		lt_no_findings(sim);
		assert_int_equal(e.ret[0], *how == 'i' ? -EINTR : 0);
		assert_int_equal(e.at_ns[0], (*how == 'i' ? 20 : 30) * US);
		assert_int_equal(e.ret[1], -EINTR);
		assert_int_equal(e.at_ns[1], 20 * US);
		assert_int_equal(e.ret[2], 0);
		assert_true(list_empty(&e.wq.head));
		sim_destroy(sim);
	}
}

/* wake_up() wakes one exclusive waiter, the longest waiting; two wake-ups wake two. */
static void test_exclusive(void **state)
{
	struct event e;
	struct sim *sim = event_run(&e, 'x');

	assert_int_equal(e.woken, 2);
	/* all three were woken at 10 for nothing, and queued again in that order */
	assert_int_equal(e.at_ns[0], 30 * US);
	assert_int_equal(e.at_ns[1], 40 * US);
	assert_true(sim_has_finding(sim, "deadlock")); /* the third is never woken */
	sim_destroy(sim);
}

static void test_forgotten_wakeup(void **state)
{
	struct event e;
	struct sim *sim = event_run(&e, 'n');

	assert_int_equal(e.woken, 0);
	assert_true(sim_has_finding(sim, "deadlock"));
	sim_destroy(sim);
}

/* Bit lock: 'B' takes bit 3 of a word, 'w' only waits for it, 'N' clears it without a wake-up. */
#define TEST_BIT 3
#define OTHERS	 0xf0u

struct bits {
	struct bit_wait_table table;
	u32 word;
	u32 obj;
	u32 unfairness;
};

static struct bits *bits_init(struct sim *sim, struct bits *b)
{
	bit_wait_table_init(sim, &b->table, "test_bit");
	if (b->unfairness)
		b->table.unfairness = b->unfairness;
	b->word = OTHERS;
	b->obj = sim_new_obj(sim);
	return b;
}

static void init(struct sim *sim, void *lock)
{
	bits_init(sim, lock);
}

static int lock_mode(struct task *me, void *lock, char mode)
{
	struct bits *b = lock;

	switch (mode) {
	case 'K':
		return bit_lock_killable(me, &b->table, &b->word, TEST_BIT, b->obj);
	case 'T':
		return !bit_trylock(me, &b->table, &b->word, TEST_BIT, b->obj);
	case 'w':
		bit_wait(me, &b->table, &b->word, TEST_BIT, b->obj);
		return 0;
	default:
		bit_lock(me, &b->table, &b->word, TEST_BIT, b->obj);
		return 0;
	}
}

static void unlock_mode(struct task *me, void *lock, char mode)
{
	struct bits *b = lock;

	if (mode == 'N')
		bit_clear_nowake(me, &b->table, &b->word, TEST_BIT, b->obj);
	else if (mode != 'w')
		bit_unlock(me, &b->table, &b->word, TEST_BIT, b->obj);
}

static const struct lt_ops ops = { init, lock_mode, unlock_mode };

/* B1: exclusive waiters come one at a time in order; those before them who only look come too. */
static void test_bit_order(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'B', .hold_us = 100 },
		{ .at_us = 10, .mode = 'w' },
		{ .at_us = 20, .mode = 'B', .hold_us = 10 },
		{ .at_us = 30, .mode = 'w' },
		{ .at_us = 40, .mode = 'B', .hold_us = 10 },
		{ .at_us = 200, .mode = 'w' },
	};
	struct sim_config cfg = lt_config();
	struct bits b = { 0 };
	struct lt lt;

	lt_run(&lt, &cfg, &ops, &b, a);
	lt_no_findings(lt.sim);
	assert_got_us(&lt, 1, 100);
	assert_got_us(&lt, 2, 100);
	assert_got_us(&lt, 3, 110);
	assert_got_us(&lt, 4, 110);
	assert_got_us(&lt, 5, 200);
	assert_int_equal(b.word, OTHERS);
	sim_destroy(lt.sim);
}

/*
 * B2, B3: a task that locks again at once passes the woken waiter as often as unfairness allows;
 * then the bit is handed over.
 */
static void pass_over(u32 unfairness)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'B', .hold_us = 100, .rounds = 12 },
		{ .at_us = 10, .mode = 'B', .hold_us = 10 },
	};
	struct bits b = { .unfairness = unfairness };
	struct sim_config cfg = lt_config();
	u32 want = unfairness ? unfairness : BIT_LOCK_UNFAIRNESS;
	struct lt lt;

	cfg.wake_latency_ns = 5 * US;
	lt_run(&lt, &cfg, &ops, &b, a);
	lt_no_findings(lt.sim);
	for (u32 i = 0; i <= want; i++)
		assert_int_equal(lt.order[i], 0);
	assert_int_equal(lt.order[want + 1], 1);
	assert_got_us(&lt, 1, (want + 1) * 100 + 5);
	assert_int_equal(b.word, OTHERS);
	for (u32 i = 0; i < BIT_WAIT_TABLE; i++)
		assert_int_equal(b.table.slot[i].nr, 0);
	sim_destroy(lt.sim);
}

static void test_bit_pass_over(void **state)
{
	pass_over(1);
	pass_over(2);
	pass_over(0); /* the default, 5 */
}

/* B4: nobody hears of it, until the next unlock. */
static void test_bit_clear_nowake(void **state)
{
	for (int twin = 0; twin < 2; twin++) {
		struct lt_actor a[] = {
			{ .at_us = 0, .mode = 'N', .hold_us = 100 },
			{ .at_us = 10, .mode = 'B', .hold_us = 10 },
			{ .at_us = 200, .mode = twin ? 'B' : 'w', .hold_us = 10 },
		};
		struct sim_config cfg = lt_config();
		struct bits b = { 0 };
		struct lt lt;

		lt_run(&lt, &cfg, &ops, &b, a);
		assert_got_us(&lt, 2, 200);
		if (twin)
			assert_got_us(&lt, 1, 210);
		assert_int_equal(sim_has_finding(lt.sim, "deadlock"), !twin);
		sim_destroy(lt.sim);
	}
}

static void test_bit_killable(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'B', .hold_us = 100 },
		{ .at_us = 10, .mode = 'K', .hold_us = 10 },
		{ .at_us = 20, .mode = 'K', .hold_us = 10 },
		{ .at_us = 30, .mode = 'T' },
		{ .at_us = 50, .mode = '9', .target = 1 },
		{ .at_us = 60, .mode = '1', .target = 2 },
	};
	struct sim_config cfg = lt_config();
	struct bits b = { 0 };
	struct lt lt;

	lt_run(&lt, &cfg, &ops, &b, a);
	lt_no_findings(lt.sim);
	assert_int_equal(a[1].ret, -EINTR);
	assert_int_equal(a[1].left_ns, 50 * US);
	assert_got_us(&lt, 2, 100);
	assert_int_equal(a[3].ret, 1);
	for (u32 i = 0; i < BIT_WAIT_TABLE; i++)
		assert_int_equal(b.table.slot[i].nr, 0);
	sim_destroy(lt.sim);
}

/* Two words in the same slot: an unlock wakes its own waiter, not the longest waiting. */
struct two {
	struct bit_wait_table table;
	u32 word[2];
	sim_ns at_ns[2];
};

static void two_holder_fn(struct task *me, void *arg)
{
	struct two *t = arg;
	u32 i = me->id;

	bit_lock(me, &t->table, &t->word[i], 0, 1000);
	sim_cost(me, (i + 1) * 100 * US);
	bit_unlock(me, &t->table, &t->word[i], 0, 1000);
}

static void two_waiter_fn(struct task *me, void *arg)
{
	struct two *t = arg;
	u32 i = 3 - me->id; /* word 1's waiter comes first */

	lt_until(me, me->id * 10);
	bit_lock(me, &t->table, &t->word[i], 0, 1000);
	t->at_ns[i] = sim_now(me);
	bit_unlock(me, &t->table, &t->word[i], 0, 1000);
}

static void test_bit_collision(void **state)
{
	struct sim_config cfg = lt_config();
	struct sim *sim = sim_create(&cfg);
	struct two t = { .word = { 0, 0 } };

	bit_wait_table_init(sim, &t.table, "b");
	sim_task_create(sim, "h0", ACTOR_KERNEL, two_holder_fn, &t, -1);
	sim_task_create(sim, "h1", ACTOR_KERNEL, two_holder_fn, &t, -1);
	sim_task_create(sim, "w1", ACTOR_KERNEL, two_waiter_fn, &t, -1);
	sim_task_create(sim, "w0", ACTOR_KERNEL, two_waiter_fn, &t, -1);
	sim_run(sim);
	lt_no_findings(sim);
	assert_int_equal(t.at_ns[0], 100 * US);
	assert_int_equal(t.at_ns[1], 200 * US);
	sim_destroy(sim);
}

static void thief_fn(struct task *me, void *arg)
{
	struct two *t = arg;

	lt_until(me, 10);
	bit_unlock(me, &t->table, &t->word[0], 0, 1000);
	t->word[1] = t->word[0];
}

static void test_bit_wrong_owner(void **state)
{
	struct sim_config cfg = lt_config();
	struct sim *sim = sim_create(&cfg);
	struct two t = { .word = { 0, 0 } };

	bit_wait_table_init(sim, &t.table, "b");
	sim_task_create(sim, "h0", ACTOR_KERNEL, two_holder_fn, &t, -1);
	sim_task_create(sim, "thief", ACTOR_KERNEL, thief_fn, &t, -1);
	sim_run(sim);
	assert_int_equal(sim->nr_findings, 1);
	assert_true(sim_has_finding(sim, "lock-order"));
	assert_int_equal(t.word[1], 1); /* still set */
	assert_int_equal(t.word[0], 0);
	sim_destroy(sim);
}

static void test_bit_stress(void **state)
{
	static const char *const modes[] = { "BBBBB", "BKTBB", "BBKKB" };

	for (u64 seed = 0; seed < 3000; seed++) {
		enum sched_policy sched = seed % 8 ? SCHED_RANDOM : SCHED_FIFO;
		struct bits b = { .unfairness = (u32)(seed / 3 % 3) };
		u32 done = lt_stress_seed(&ops, &b, modes[seed % 3], seed, sched);

		if (seed % 3 != 1)
			assert_int_equal(done, STRESS_TASKS * STRESS_ROUNDS);
		assert_int_equal(b.word, OTHERS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wait_event),
		cmocka_unit_test(test_wait_event_signals),
		cmocka_unit_test(test_exclusive),
		cmocka_unit_test(test_forgotten_wakeup),
		cmocka_unit_test(test_bit_order),
		cmocka_unit_test(test_bit_pass_over),
		cmocka_unit_test(test_bit_clear_nowake),
		cmocka_unit_test(test_bit_killable),
		cmocka_unit_test(test_bit_collision),
		cmocka_unit_test(test_bit_wrong_owner),
		cmocka_unit_test(test_bit_stress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
