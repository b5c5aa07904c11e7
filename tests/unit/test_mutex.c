// SPDX-License-Identifier: GPL-2.0-only
/*
 * struct mutex: spinning, queueing, handoff, misuse.
 */
#include "tests/unit/locktest.h"

#include "sim/mutex.h"

static void init(struct sim *sim, void *lock)
{
	mutex_init(sim, lock, "test_mutex");
}

static int lock_mode(struct task *me, void *lock, char mode)
{
	switch (mode) {
	case 'K':
		return mutex_lock_killable(me, lock);
	case 'I':
		return mutex_lock_interruptible(me, lock);
	case 'T':
		return !mutex_trylock(me, lock);
	default:
		mutex_lock(me, lock);
		return 0;
	}
}

static void unlock_mode(struct task *me, void *lock, char mode)
{
	mutex_unlock(me, lock);
}

static const struct lt_ops ops = { init, lock_mode, unlock_mode };

static void assert_at_rest(const struct mutex *m)
{
	assert_int_equal(m->owner, 0);
	assert_false(mutex_is_locked(m));
	assert_true(list_empty(&m->wait_list));
	assert_true(list_empty(&m->osq));
	assert_null(m->spinner);
}

/* M1: who finds the owner running spins, in order, and pays no wake-up; else it sleeps. */
static void test_spinning(void **state)
{
	for (int asleep = 0; asleep < 2; asleep++) {
		struct lt_actor a[] = {
			{ .at_us = 0, .mode = 'M', .hold_us = 100, .sleep = asleep },
			{ .at_us = 30, .mode = 'M', .hold_us = 10 },
			{ .at_us = 10, .mode = 'M', .hold_us = 10 },
			{ .at_us = 20, .mode = 'M', .hold_us = 10 },
		};
		struct sim_config cfg = lt_config();
		struct mutex m;
		struct lt lt;

		cfg.wake_latency_ns = 50 * US;
		lt_run(&lt, &cfg, &ops, &m, a);
		lt_no_findings(lt.sim);
		assert_got_us(&lt, 2, asleep ? 200 : 100);
		if (!asleep) {
			assert_got_us(&lt, 3, 110);
			assert_got_us(&lt, 1, 120);
		} else {
			assert_int_equal(lt.order[2], 3);
			assert_int_equal(lt.order[3], 1);
		}
		assert_at_rest(&m);
		sim_destroy(lt.sim);
	}
}

/*
 * M3: the first waiter, woken in vain, asks for handoff; the unlock then names it the owner, and
 * the task that locks again at once has to wait.  Without handoff it would win for ever.
 */
static void test_handoff(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'M', .hold_us = 100, .sleep = true, .rounds = 6 },
		{ .at_us = 10, .mode = 'M', .hold_us = 10 },
	};
	struct sim_config cfg = lt_config();
	struct mutex m;
	struct lt lt;

	cfg.wake_latency_ns = 5 * US;
	lt_run(&lt, &cfg, &ops, &m, a);
	lt_no_findings(lt.sim);
	/*
	 * 105: unlocked, and locked again before the waiter runs; 110: it fails and asks;
	 * 210: handed over; 215: it runs.
	 */
	assert_got_us(&lt, 1, 215);
	assert_int_equal(lt.order[0], 0);
	assert_int_equal(lt.order[1], 0);
	assert_int_equal(lt.order[2], 1);
	assert_int_equal(lt.order[3], 0);
	assert_at_rest(&m);
	sim_destroy(lt.sim);
}

/* M3: only the first waiter asks: one behind it that wakes for nothing changes nothing. */
static void test_only_the_first_asks(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'M', .hold_us = 100, .sleep = true, .rounds = 3 },
		{ .at_us = 10, .mode = 'M', .hold_us = 10 },
		{ .at_us = 20, .mode = 'M', .hold_us = 10 },
		{ .at_us = 50, .mode = '0', .target = 2 },
	};
	struct sim_config cfg = lt_config();
	struct mutex m;
	struct lt lt;

	cfg.wake_latency_ns = 5 * US;
	lt_run(&lt, &cfg, &ops, &m, a);
	lt_no_findings(lt.sim);
	assert_int_equal(lt.order[1], 0);
	assert_int_equal(lt.order[2], 1);
	assert_at_rest(&m);
	sim_destroy(lt.sim);
}

/* M3: while the mutex is promised, nobody else takes it: not by try-lock and not by spinning. */
static void test_promised(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'M', .hold_us = 100, .sleep = true, .rounds = 2 },
		{ .at_us = 10, .mode = 'M', .hold_us = 10 },
		{ .at_us = 211, .mode = 'T' },
		{ .at_us = 212, .mode = 'M', .hold_us = 10 },
	};
	struct sim_config cfg = lt_config();
	struct mutex m;
	struct lt lt;

	cfg.wake_latency_ns = 5 * US;
	lt_run(&lt, &cfg, &ops, &m, a);
	lt_no_findings(lt.sim);
	assert_int_equal(a[2].ret, 1);
	assert_got_us(&lt, 1, 215);
	assert_true(a[3].got_ns >= 225 * US);
	assert_at_rest(&m);
	sim_destroy(lt.sim);
}

/* M2: FIFO among those that sleep. */
static void test_fifo(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'M', .hold_us = 100, .sleep = true },
		{ .at_us = 40, .mode = 'M', .hold_us = 10, .sleep = true },
		{ .at_us = 20, .mode = 'M', .hold_us = 10, .sleep = true },
		{ .at_us = 30, .mode = 'M', .hold_us = 10, .sleep = true },
		{ .at_us = 10, .mode = 'M', .hold_us = 10, .sleep = true },
	};
	struct sim_config cfg = lt_config();
	struct mutex m;
	struct lt lt;

	lt_run(&lt, &cfg, &ops, &m, a);
	lt_no_findings(lt.sim);
	assert_got_us(&lt, 4, 100);
	assert_got_us(&lt, 2, 110);
	assert_got_us(&lt, 3, 120);
	assert_got_us(&lt, 1, 130);
	assert_at_rest(&m);
	sim_destroy(lt.sim);
}

static void test_signals(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'M', .hold_us = 100, .sleep = true },
		{ .at_us = 10, .mode = 'K', .hold_us = 10 },
		{ .at_us = 20, .mode = 'I', .hold_us = 10 },
		{ .at_us = 30, .mode = 'M', .hold_us = 10 },
		{ .at_us = 40, .mode = 'K', .hold_us = 10 },
		{ .at_us = 50, .mode = '9', .target = 1 },
		{ .at_us = 51, .mode = '1', .target = 2 },
		{ .at_us = 52, .mode = '9', .target = 3 },
		{ .at_us = 53, .mode = '1', .target = 4 },
	};
	struct sim_config cfg = lt_config();
	struct mutex m;
	struct lt lt;

	lt_run(&lt, &cfg, &ops, &m, a);
	lt_no_findings(lt.sim);
	assert_int_equal(a[1].ret, -EINTR);
	assert_int_equal(a[1].left_ns, 50 * US);
	assert_int_equal(a[2].ret, -EINTR);
	assert_int_equal(a[2].left_ns, 51 * US);
	assert_got_us(&lt, 3, 100);
	assert_got_us(&lt, 4, 110);
	assert_at_rest(&m);
	sim_destroy(lt.sim);
}

/* The last waiter takes its flags with it when it is killed, handoff included. */
static void test_killed_after_handoff(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'M', .hold_us = 100, .sleep = true, .rounds = 3 },
		{ .at_us = 10, .mode = 'K', .hold_us = 10 },
		{ .at_us = 150, .mode = '9', .target = 1 },
		{ .at_us = 1000, .mode = 'T', .hold_us = 10 },
	};
	struct sim_config cfg = lt_config();
	struct mutex m;
	struct lt lt;

	cfg.wake_latency_ns = 5 * US;
	lt_run(&lt, &cfg, &ops, &m, a);
	lt_no_findings(lt.sim);
	assert_int_equal(a[1].ret, -EINTR);
	assert_int_equal(a[0].count, 3);
	assert_int_equal(a[3].ret, 0);
	assert_at_rest(&m);
	sim_destroy(lt.sim);
}

struct misuse {
	struct mutex m;
	bool wrong;
	bool locked;
};

static void owner_fn(struct task *me, void *arg)
{
	struct misuse *u = arg;

	mutex_lock(me, &u->m);
	sim_cost(me, 100 * US);
	mutex_unlock(me, &u->m);
}

static void other_fn(struct task *me, void *arg)
{
	struct misuse *u = arg;

	lt_until(me, 10);
	if (u->wrong)
		mutex_unlock(me, &u->m);
	u->locked = mutex_is_locked(&u->m);
}

static void test_wrong_owner(void **state)
{
	for (int wrong = 0; wrong < 2; wrong++) {
		struct sim_config cfg = lt_config();
		struct sim *sim = sim_create(&cfg);
		struct misuse u = { .wrong = wrong };

		mutex_init(sim, &u.m, "m");
		sim_task_create(sim, "owner", ACTOR_KERNEL, owner_fn, &u, -1);
		sim_task_create(sim, "other", ACTOR_KERNEL, other_fn, &u, -1);
		sim_run(sim);
		assert_int_equal(sim->nr_findings, wrong);
		assert_int_equal(sim_has_finding(sim, "lock-order"), wrong);
		assert_true(u.locked);
		assert_at_rest(&u.m);
		sim_destroy(sim);
	}
}

static void recursive_fn(struct task *me, void *arg)
{
	struct misuse *u = arg;

	mutex_lock(me, &u->m);
	mutex_lock(me, &u->m);
}

static void test_recursion(void **state)
{
	struct sim_config cfg = lt_config();
	struct sim *sim = sim_create(&cfg);
	struct misuse u = { 0 };

	mutex_init(sim, &u.m, "m");
	sim_task_create(sim, "t", ACTOR_KERNEL, recursive_fn, &u, -1);
	sim_run(sim);
	assert_true(sim_has_finding(sim, "deadlock"));
	sim_destroy(sim);
}

/* AB-BA at the same time is a deadlock; in the same order it is not. */
struct pair {
	struct mutex a, b;
	bool inverted;
};

static void pair_fn(struct task *me, void *arg)
{
	struct pair *p = arg;
	bool swap = p->inverted && me->id;
	struct mutex *x = swap ? &p->b : &p->a, *y = swap ? &p->a : &p->b;

	mutex_lock(me, x);
	sim_cost(me, 10 * US);
	mutex_lock(me, y);
	mutex_unlock(me, y);
	mutex_unlock(me, x);
}

static void test_deadlock(void **state)
{
	for (int inverted = 0; inverted < 2; inverted++) {
		struct sim_config cfg = lt_config();
		struct sim *sim = sim_create(&cfg);
		struct pair p = { .inverted = inverted };

		mutex_init(sim, &p.a, "a");
		mutex_init(sim, &p.b, "b");
		sim_task_create(sim, "t0", ACTOR_KERNEL, pair_fn, &p, -1);
		sim_task_create(sim, "t1", ACTOR_KERNEL, pair_fn, &p, -1);
		sim_run(sim);
		assert_int_equal(sim_has_finding(sim, "deadlock"), inverted);
		sim_destroy(sim);
	}
}

/* One CPU: a spinner whose CPU is wanted gives up, sleeps, and still gets the mutex. */
static void test_need_resched(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'M', .hold_us = 30000, .rounds = 2 },
		{ .at_us = 10, .mode = 'M', .hold_us = 10 },
		{ .at_us = 20, .mode = 'M', .hold_us = 10 },
		{ .at_us = 30, .mode = 'M', .hold_us = 10 },
	};
	struct sim_config cfg = lt_config();
	struct mutex m;
	struct lt lt;

	cfg.nr_cpus = 2;
	lt_run(&lt, &cfg, &ops, &m, a);
	lt_no_findings(lt.sim);
	for (u32 i = 1; i < 4; i++)
		assert_int_equal(a[i].count, 1);
	assert_at_rest(&m);
	sim_destroy(lt.sim);
}

static void test_stress(void **state)
{
	static const char *const modes[] = { "MMMMM", "MKIMM", "MTMTM" };
	struct mutex m;

	for (u64 seed = 0; seed < 3000; seed++) {
		enum sched_policy sched = seed % 8 ? SCHED_RANDOM : SCHED_FIFO;
		u32 done = lt_stress_seed(&ops, &m, modes[seed % 3], seed, sched);

		if (seed % 3 != 2)
			assert_int_equal(done, STRESS_TASKS * STRESS_ROUNDS);
		assert_at_rest(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spinning),
		cmocka_unit_test(test_handoff),
		cmocka_unit_test(test_only_the_first_asks),
		cmocka_unit_test(test_promised),
		cmocka_unit_test(test_fifo),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_killed_after_handoff),
		cmocka_unit_test(test_wrong_owner),
		cmocka_unit_test(test_recursion),
		cmocka_unit_test(test_deadlock),
		cmocka_unit_test(test_need_resched),
		cmocka_unit_test(test_stress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
