// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lock of ranges: who waits for whom, in which order, and what the wait-for graph makes of it.
 *
 * A mode's letter names the range: a to d are the tens [0,9] [10,19] [20,29] [30,39], shared; A to
 * D the same, exclusive; w and W are all of it, l and L the first half.  k and K: all, killable.
 */
#include "tests/unit/locktest.h"

#include "sim/prng.h"
#include "sim/range_lock.h"

static struct range_request requests[16];

static void init(struct sim *sim, void *lock)
{
	range_lock_init(sim, lock, "test_range", 0);
}

static int lock_mode(struct task *me, void *lock, char mode)
{
	char letter = (char)(mode | 0x20);
	u64 start = 0, last = letter == 'l' ? 19 : 39;

	if (letter >= 'a' && letter <= 'd') {
		start = (u64)(letter - 'a') * 10;
		last = start + 9;
	}
	return range_lock(me, lock, &requests[me->id], start, last,
			  mode < 'a' ? LOCK_WRITE : LOCK_READ,
			  letter == 'k' ? PARK_KILLABLE : PARK_SLEEP);
}

static void unlock_mode(struct task *me, void *lock, char mode)
{
	range_unlock(me, lock, &requests[me->id]);
}

static const struct lt_ops ops = { init, lock_mode, unlock_mode };

static void run(struct lt *lt, struct range_lock *lock, struct lt_actor *a, u32 nr)
{
	struct sim_config cfg = lt_config();

	lt_setup(lt, &cfg, &ops, lock, a, nr);
	sim_run(lt->sim);
	lt_no_findings(lt->sim);
	assert_null(lock->root);
	assert_null(range_lock_check(lock));
}

#define RUN(lt, lock, a) run(lt, lock, a, ARRAY_SIZE(a))

/* L3: ranges apart do not know of each other, exclusive or not. */
static void test_apart(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'A', .hold_us = 100 },
		{ .at_us = 1, .mode = 'B', .hold_us = 100 },
		{ .at_us = 2, .mode = 'c', .hold_us = 100 },
		{ .at_us = 3, .mode = 'c', .hold_us = 100 },
		{ .at_us = 4, .mode = 'A', .hold_us = 100 },
	};
	struct range_lock lock;
	struct lt lt;

	RUN(&lt, &lock, a);
	for (u32 i = 0; i < 4; i++)
		assert_got_us(&lt, i, i);
	assert_got_us(&lt, 4, 100);
	sim_destroy(lt.sim);
}

/* L1, L2: one order for readers and writers; readers between two writers come in together. */
static void test_order_of_arrival(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'A', .hold_us = 100 },
		{ .at_us = 10, .mode = 'a', .hold_us = 10 },
		{ .at_us = 20, .mode = 'L', .hold_us = 10 },
		{ .at_us = 30, .mode = 'a', .hold_us = 10 },
		{ .at_us = 40, .mode = 'w', .hold_us = 20 },
		{ .at_us = 50, .mode = 'A', .hold_us = 10 },
		{ .at_us = 60, .mode = 'W', .hold_us = 10 },
		{ .at_us = 70, .mode = 'a', .hold_us = 10 },
	};
	static const u64 got_us[] = { 0, 100, 110, 120, 120, 140, 150, 160 };
	struct range_lock lock;
	struct lt lt;

	RUN(&lt, &lock, a);
	for (u32 i = 0; i < ARRAY_SIZE(a); i++)
		assert_got_us(&lt, i, got_us[i]);
	sim_destroy(lt.sim);
}

/* L4: a long range that waits at one end closes its other end; not what is beyond. */
static void test_waiting_range_is_closed(void **state)
{
	for (int twin = 0; twin < 2; twin++) {
		struct lt_actor a[] = {
			{ .at_us = 0, .mode = 'a', .hold_us = 100 },
			{ .at_us = twin ? 500 : 10, .mode = 'L', .hold_us = 50 },
			{ .at_us = 20, .mode = 'b', .hold_us = 10 },
			{ .at_us = 20, .mode = 'c', .hold_us = 10 },
		};
		struct range_lock lock;
		struct lt lt;

		RUN(&lt, &lock, a);
		assert_got_us(&lt, 1, twin ? 500 : 100);
		assert_got_us(&lt, 2, twin ? 20 : 150);
		assert_got_us(&lt, 3, 20);
		sim_destroy(lt.sim);
	}
}

/* L2: a stream of readers does not keep a writer out, nor a stream of writers a reader. */
static void test_nobody_starves(void **state)
{
	static const char stream[] = { 'a', 'A' };

	for (u32 k = 0; k < 2; k++) {
		struct lt_actor a[9] = {{ .at_us = 15, .mode = k ? 'w' : 'W', .hold_us = 5 }};
		struct range_lock lock;
		struct lt lt;

		for (u32 i = 1; i < 9; i++)
			a[i] = (struct lt_actor){ .at_us = i, .mode = stream[k], .hold_us = 10,
						  .rounds = 100 };
		RUN(&lt, &lock, a);
		/* those that came before it, and no more */
		assert_true(lt.actor[0].got_ns <= 15 * US + 8 * 10 * US);
		sim_destroy(lt.sim);
	}
}

/* L5: who is killed leaves, and who waited for him goes on; down to the last one. */
static void test_killed(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'a', .hold_us = 100 },
		{ .at_us = 10, .mode = 'K', .hold_us = 10 },
		{ .at_us = 20, .mode = 'b', .hold_us = 10 },
		{ .at_us = 50, .mode = '9', .target = 1 },
	};
	struct range_lock lock;
	struct lt lt;

	RUN(&lt, &lock, a);
	assert_int_equal(a[1].ret, -EINTR);
	assert_got_us(&lt, 2, 50);
	sim_destroy(lt.sim);
}

/* A signal does not end an uninterruptible wait. */
static void test_deaf(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'A', .hold_us = 100 },
		{ .at_us = 10, .mode = 'A', .hold_us = 10 },
		{ .at_us = 50, .mode = '9', .target = 1 },
	};
	struct range_lock lock;
	struct lt lt;

	RUN(&lt, &lock, a);
	assert_got_us(&lt, 1, 100);
	sim_destroy(lt.sim);
}

/* --- the wait-for graph --- */

struct pair {
	struct range_lock range;
	struct range_lock other;
	bool apart;
};

static void first_fn(struct task *me, void *arg)
{
	struct pair *p = arg;
	struct range_request r[2];

	range_lock(me, &p->range, &r[0], 0, 9, LOCK_WRITE, PARK_SLEEP);
	lt_until(me, 100);
	range_lock(me, &p->other, &r[1], 0, 9, LOCK_WRITE, PARK_SLEEP);
	range_unlock(me, &p->other, &r[1]);
	range_unlock(me, &p->range, &r[0]);
}

static void second_fn(struct task *me, void *arg)
{
	struct pair *p = arg;
	struct range_request r[2];

	range_lock(me, &p->other, &r[1], 0, 9, LOCK_WRITE, PARK_SLEEP);
	lt_until(me, 50);
	range_lock(me, &p->range, &r[0], p->apart ? 20 : 0, p->apart ? 29 : 9, LOCK_WRITE,
		   PARK_SLEEP);
	range_unlock(me, &p->range, &r[0]);
	range_unlock(me, &p->other, &r[1]);
}

static void third_fn(struct task *me, void *arg)
{
	struct pair *p = arg;
	struct range_request r;

	range_lock(me, &p->range, &r, 20, 29, LOCK_WRITE, PARK_SLEEP);
	lt_until(me, 300);
	range_unlock(me, &p->range, &r);
}

/* Two who hold parts of one lock are in each other's way only if the parts overlap. */
static void test_deadlock_is_of_ranges(void **state)
{
	for (int apart = 0; apart < 2; apart++) {
		struct sim_config cfg = lt_config();
		struct pair p = { .apart = apart };
		struct sim *sim = sim_create(&cfg);

		range_lock_init(sim, &p.range, "range", 0);
		range_lock_init(sim, &p.other, "other", 0);
		sim_task_create(sim, "first", ACTOR_KERNEL, first_fn, &p, -1);
		sim_task_create(sim, "second", ACTOR_KERNEL, second_fn, &p, -1);
		sim_task_create(sim, "third", ACTOR_KERNEL, third_fn, &p, -1);
		sim_run(sim);
		assert_int_equal(sim_has_finding(sim, "deadlock"), !apart);
		sim_destroy(sim);
	}
}

/* A reader that comes again behind a writer waits for itself. */
static void again_fn(struct task *me, void *arg)
{
	struct pair *p = arg;
	struct range_request r[2];

	range_lock(me, &p->range, &r[0], 0, 9, LOCK_READ, PARK_SLEEP);
	lt_until(me, 100);
	range_lock(me, &p->range, &r[1], 5, 5, LOCK_READ, PARK_SLEEP);
	range_unlock(me, &p->range, &r[1]);
	range_unlock(me, &p->range, &r[0]);
}

static void writer_fn(struct task *me, void *arg)
{
	struct pair *p = arg;
	struct range_request r;

	lt_until(me, p->apart ? 200 : 50);
	range_lock(me, &p->range, &r, 5, 20, LOCK_WRITE, PARK_SLEEP);
	range_unlock(me, &p->range, &r);
}

static void test_recursive_reader(void **state)
{
	for (int apart = 0; apart < 2; apart++) {
		struct sim_config cfg = lt_config();
		struct pair p = { .apart = apart };
		struct sim *sim = sim_create(&cfg);

		range_lock_init(sim, &p.range, "range", 0);
		sim_task_create(sim, "reader", ACTOR_KERNEL, again_fn, &p, -1);
		sim_task_create(sim, "writer", ACTOR_KERNEL, writer_fn, &p, -1);
		sim_run(sim);
		assert_int_equal(sim_has_finding(sim, "deadlock"), !apart);
		sim_destroy(sim);
	}
}

/* --- many --- */

#define CROWD  12
#define LENGTH 64

struct crowd {
	struct range_lock lock;
	u32 writers[LENGTH], readers[LENGTH];
	u32 bad, done, given_up;
	u64 seed;
	sim_ns end_ns;
};

static void crowd_mark(struct crowd *c, const struct range_request *r, int by)
{
	for (u64 i = r->start; i <= r->last; i++) {
		u32 *n = r->w.mode == LOCK_WRITE ? &c->writers[i] : &c->readers[i];
		u32 writers;

		__atomic_add_fetch(n, (u32)by, __ATOMIC_SEQ_CST);
		writers = __atomic_load_n(&c->writers[i], __ATOMIC_SEQ_CST);
		if (writers > 1 ||
		    (writers && __atomic_load_n(&c->readers[i], __ATOMIC_SEQ_CST)))
			__atomic_store_n(&c->bad, 1, __ATOMIC_SEQ_CST);
	}
}

static void crowd_fn(struct task *me, void *arg)
{
	struct crowd *c = arg;
	struct range_request r;
	struct prng rng;

	prng_seed(&rng, c->seed * 100 + me->id);
	for (u32 i = 0; i < 6; i++) {
		u64 start = prng_next(&rng) % LENGTH;
		u64 last = start + prng_next(&rng) % (LENGTH - start);
		enum lock_mode mode = prng_next(&rng) % 3 ? LOCK_READ : LOCK_WRITE;
		u64 how = prng_next(&rng) % 8;

		if (how == 0) {
			if (!range_trylock(me, &c->lock, &r, start, last, mode))
				continue;
		} else if (range_lock(me, &c->lock, &r, start, last, mode,
				      how == 1 ? PARK_INTR : PARK_SLEEP)) {
			__atomic_add_fetch(&c->given_up, 1, __ATOMIC_RELAXED);
			continue;
		}
		crowd_mark(c, &r, 1);
		sim_cost(me, prng_next(&rng) % 3000);
		sim_point(me, c->lock.obj, SIM_WRITE);
		if (me->sim->is_virtual)
			c->bad += range_lock_check(&c->lock) != NULL;
		crowd_mark(c, &r, -1);
		range_unlock(me, &c->lock, &r);
		__atomic_add_fetch(&c->done, 1, __ATOMIC_RELAXED);
	}
}

static void signals_fn(struct task *me, void *arg)
{
	for (u32 i = 0; i < CROWD; i += 3) {
		sim_compute(me, 2000);
		send_signal(me, me->sim->tasks[i], 1);
	}
}

static void test_crowd(void **state)
{
	const struct sim_dist level = {.kind = DIST_CONST, .a_ns = 50};
	u32 given_up = 0;

	for (u64 seed = 0; seed < 300; seed++) {
		struct sim_config cfg = lt_config();
		struct crowd c = { .seed = seed };
		struct sim *sim;

		cfg.sched = seed % 4 ? SCHED_RANDOM : SCHED_FIFO;
		cfg.seed = seed;
		sim = sim_create(&cfg);
		range_lock_init(sim, &c.lock, "crowd", 0);
		if (seed % 3 == 0)
			range_lock_tree_cost(sim, &c.lock, "crowd_tree", &level);
		for (u32 i = 0; i < CROWD; i++)
			sim_task_create(sim, "member", ACTOR_KERNEL, crowd_fn, &c, -1);
		sim_task_create(sim, "signals", ACTOR_KERNEL, signals_fn, &c, -1);
		sim_run(sim);
		lt_no_findings(sim);
		assert_int_equal(c.bad, 0);
		assert_null(c.lock.root);
		given_up += c.given_up;
		sim_destroy(sim);
	}
	assert_true(given_up > 10);
}

static void test_crowd_on_threads(void **state)
{
	const struct sim_dist level = {.kind = DIST_CONST, .a_ns = 50};

	for (u64 seed = 0; seed < 10; seed++) {
		struct sim_config cfg = lt_config();
		struct crowd c = { .seed = seed };
		struct sim *sim;

		cfg.engine = ENGINE_THREADS;
		cfg.cost_scale = 0;
		sim = sim_create(&cfg);
		range_lock_init(sim, &c.lock, "crowd", 0);
		range_lock_tree_cost(sim, &c.lock, "crowd_tree", &level);
		for (u32 i = 0; i < CROWD; i++)
			sim_task_create(sim, "member", ACTOR_KERNEL, crowd_fn, &c, -1);
		sim_run(sim);
		lt_no_findings(sim);
		assert_null(c.lock.root);
		assert_int_equal(c.bad, 0);
		assert_true(c.done > 0);
		sim_destroy(sim);
	}
}

static void reader_fn(struct task *me, void *arg)
{
	struct crowd *c = arg;
	struct range_request r;

	range_lock(me, &c->lock, &r, me->id * 10, me->id * 10, LOCK_READ, PARK_SLEEP);
	range_unlock(me, &c->lock, &r);
	c->end_ns = max(c->end_ns, sim_now(me));
}

/* Requests that have nothing to do with each other queue for the tree, if walks take time. */
static void test_tree_cost(void **state)
{
	const struct sim_dist level[] = {{.kind = DIST_CONST}, {.kind = DIST_CONST, .a_ns = 50}};

	for (u32 i = 0; i < 2; i++) {
		struct sim_config cfg = lt_config();
		struct crowd c = {.seed = 1};
		struct sim *sim;

		cfg.sched = SCHED_FIFO;
		sim = sim_create(&cfg);
		range_lock_init(sim, &c.lock, "crowd", 0);
		range_lock_tree_cost(sim, &c.lock, "crowd_tree", &level[i]);
		for (u32 k = 0; k < 3; k++)
			sim_task_create(sim, "reader", ACTOR_KERNEL, reader_fn, &c, -1);
		sim_run(sim);
		lt_no_findings(sim);
		/* six sections of one to two levels, one after the other */
		if (i)
			assert_in_range(c.end_ns, 6 * 50, 6 * 2 * 50);
		else
			assert_int_equal(c.end_ns, 0);
		sim_destroy(sim);
	}
}

static void twice_fn(struct task *me, void *arg)
{
	struct pair *p = arg;
	struct range_request r;

	range_lock(me, &p->range, &r, 20, 29, LOCK_WRITE, PARK_SLEEP);
	range_unlock(me, &p->range, &r);
	if (!p->apart)
		range_unlock(me, &p->range, &r);
}

static void test_unlock_twice(void **state)
{
	for (int once = 0; once < 2; once++) {
		struct sim_config cfg = lt_config();
		struct sim *sim = sim_create(&cfg);
		struct pair p = { .apart = once };

		range_lock_init(sim, &p.range, "range", 0);
		sim_task_create(sim, "t", ACTOR_KERNEL, twice_fn, &p, -1);
		sim_run(sim);
		assert_int_equal(sim_has_finding(sim, "lock-order"), !once);
		assert_null(range_lock_check(&p.range));
		sim_destroy(sim);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apart),
		cmocka_unit_test(test_order_of_arrival),
		cmocka_unit_test(test_waiting_range_is_closed),
		cmocka_unit_test(test_nobody_starves),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_deaf),
		cmocka_unit_test(test_deadlock_is_of_ranges),
		cmocka_unit_test(test_recursive_reader),
		cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_tree_cost),
		cmocka_unit_test(test_crowd_on_threads),
		cmocka_unit_test(test_unlock_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
