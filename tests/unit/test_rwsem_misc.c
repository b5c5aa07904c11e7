// SPDX-License-Identifier: GPL-2.0-only
/*
 * rw_semaphore: killed waiters, downgrade, try-locks, misuse, random schedules.
 */
#include "tests/unit/rwsemtest.h"

/* A killed head makes room: readers behind a killed writer join the reader that owns the lock. */
static void test_killed_head_wakes_the_next(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'r', .hold_us = 500, .sleep = true },
		{ .at_us = 10, .mode = 'K', .hold_us = 10 },
		{ .at_us = 50, .mode = 'r', .hold_us = 10 },
		{ .at_us = 60, .mode = 'K', .hold_us = 10 },
		{ .at_us = 100, .mode = '9', .target = 1 },
		{ .at_us = 200, .mode = '9', .target = 3 },
		{ .at_us = 300, .mode = 'r', .hold_us = 10 },
	};
	struct sim_config cfg = lt_config();
	struct rw_semaphore sem;
	struct lt lt;

	lt_run(&lt, &cfg, &ops, &sem, a);
	lt_no_findings(lt.sim);
	assert_got_us(&lt, 2, 100);
	assert_got_us(&lt, 6, 300); /* the waiters flag went with the last waiter */
	assert_at_rest(&sem);
	sim_destroy(lt.sim);
}

/* The handoff bit does not survive the waiter that set it. */
static void test_killed_after_handoff(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'r', .hold_us = 50, .rounds = 110 },
		{ .at_us = 10, .mode = 'K', .hold_us = 10 },
		{ .at_us = 5020, .mode = '9', .target = 1 }, /* the bit is set at 5005 */
		{ .at_us = 5030, .mode = 't', .hold_us = 10 },
	};
	struct sim_config cfg = lt_config();
	struct rw_semaphore sem;
	struct lt lt;

	cfg.hz = 1000;
	cfg.wake_latency_ns = 5 * US;
	lt_run(&lt, &cfg, &ops, &sem, a);
	lt_no_findings(lt.sim);
	assert_int_equal(a[1].ret, -EINTR);
	assert_int_equal(a[3].ret, 0);
	assert_int_equal(a[0].count, 110);
	assert_at_rest(&sem);
	sim_destroy(lt.sim);
}

/* downgrade_write: the queue's readers come in at once, its writers wait for all of them. */
static void test_downgrade(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'd', .hold_us = 100 },
		{ .at_us = 10, .mode = 'r', .hold_us = 10 },
		{ .at_us = 20, .mode = 'W', .hold_us = 10 },
		{ .at_us = 30, .mode = 'r', .hold_us = 200 },
	};
	struct sim_config cfg = lt_config();
	struct lock_mode_stat st;
	struct rw_semaphore sem;
	struct lt lt;

	lt_run(&lt, &cfg, &ops, &sem, a);
	lt_no_findings(lt.sim);
	assert_got_us(&lt, 0, 50);
	assert_got_us(&lt, 1, 50);
	assert_got_us(&lt, 3, 50);
	assert_got_us(&lt, 2, 250);
	lock_stat_total(lt.sim, sem.dep_map.class->id, LOCK_WRITE, &st);
	assert_int_equal(st.hold->max, 50 * US);
	assert_at_rest(&sem);
	sim_destroy(lt.sim);
}

static void test_trylocks(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'r', .hold_us = 100 },
		{ .at_us = 10, .mode = 't', .hold_us = 10 },
		{ .at_us = 20, .mode = 'T' },
		{ .at_us = 30, .mode = 'W', .hold_us = 10 },
		{ .at_us = 50, .mode = 't' }, /* a writer waits: no stealing for try-locks */
		{ .at_us = 200, .mode = 'T', .hold_us = 10 },
		{ .at_us = 205, .mode = 't' },
	};
	struct sim_config cfg = lt_config();
	struct rw_semaphore sem;
	struct lt lt;

	lt_run(&lt, &cfg, &ops, &sem, a);
	lt_no_findings(lt.sim);
	for (u32 i = 0; i < ARRAY_SIZE(a); i++)
		assert_int_equal(a[i].ret, ((const int[]){ 0, 0, 1, 0, 1, 0, 1 }[i]));
	assert_at_rest(&sem);
	sim_destroy(lt.sim);
}

struct misuse {
	struct rw_semaphore sem;
	char how;
	u64 count, owner;
	bool contended;
};

static void misuse_fn(struct task *me, void *arg)
{
	struct misuse *m = arg;

	down_write(me, &m->sem);
	sim_cost(me, 20 * US);
	if (m->how == 'm')
		up_read(me, &m->sem); /* the wrong mode */
	m->count = m->sem.count;
	up_write(me, &m->sem);
}

static void misuse_other_fn(struct task *me, void *arg)
{
	struct misuse *m = arg;

	lt_until(me, 10);
	if (m->how == 'w')
		up_write(me, &m->sem);
	else if (m->how == 'r')
		up_read(me, &m->sem);
	else if (m->how == 'd')
		downgrade_write(me, &m->sem);
	m->owner = m->sem.owner;
}

static void test_misuse(void **state)
{
	for (const char *how = "-wrdm"; *how; how++) {
		struct sim_config cfg = lt_config();
		struct sim *sim = sim_create(&cfg);
		struct misuse m = { .how = *how };

		init_rwsem(sim, &m.sem, "s", 0);
		sim_task_create(sim, "owner", ACTOR_KERNEL, misuse_fn, &m, -1);
		sim_task_create(sim, "other", ACTOR_KERNEL, misuse_other_fn, &m, -1);
		sim_run(sim);
		assert_int_equal(sim->nr_findings, *how != '-');
		assert_int_equal(sim_has_finding(sim, "lock-order"), *how != '-');
		assert_int_equal(m.count, RWSEM_WRITER_LOCKED); /* untouched */
		assert_int_equal(m.owner, 1);
		assert_at_rest(&m.sem);
		sim_destroy(sim);
	}
}

static void recursive_fn(struct task *me, void *arg)
{
	struct misuse *m = arg;

	down_write(me, &m->sem);
	if (m->how == 'w')
		down_write(me, &m->sem);
	else
		down_read(me, &m->sem);
}

static void test_recursion(void **state)
{
	for (const char *how = "wr"; *how; how++) {
		struct sim_config cfg = lt_config();
		struct sim *sim = sim_create(&cfg);
		struct misuse m = { .how = *how };

		init_rwsem(sim, &m.sem, "s", 0);
		sim_task_create(sim, "t", ACTOR_KERNEL, recursive_fn, &m, -1);
		sim_run(sim);
		assert_true(sim_has_finding(sim, "deadlock"));
		sim_destroy(sim);
	}
}

static void test_is_contended(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'W', .hold_us = 10, .sleep = true },
		{ .at_us = 5, .mode = 'r', .hold_us = 10 },
	};
	struct sim_config cfg = lt_config();
	struct lock_mode_stat st;
	struct rw_semaphore sem;
	struct lt lt;

	lt_run(&lt, &cfg, &ops, &sem, a);
	lt_no_findings(lt.sim);
	assert_false(rwsem_is_contended(&sem));
	lock_stat_total(lt.sim, sem.dep_map.class->id, LOCK_READ, &st);
	assert_int_equal(st.contentions, 1);
	assert_int_equal(st.wait->max, 5 * US);
	sim_destroy(lt.sim);
}

static void test_stress(void **state)
{
	static const char *const modes[] = { "WrWrr", "rrrrW", "WWWrr", "WKkrW", "dWrdr", "TtWrr" };
	struct rw_semaphore sem;

	for (u64 seed = 0; seed < 4000; seed++) {
		enum sched_policy sched = seed % 8 ? SCHED_RANDOM : SCHED_FIFO;
		u32 done = lt_stress_seed(&ops, &sem, modes[seed % 6], seed, sched);

		if (seed % 6 != 5)
			assert_int_equal(done, STRESS_TASKS * STRESS_ROUNDS);
		assert_at_rest(&sem);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_killed_head_wakes_the_next),
		cmocka_unit_test(test_killed_after_handoff),
		cmocka_unit_test(test_downgrade),
		cmocka_unit_test(test_trylocks),
		cmocka_unit_test(test_misuse),
		cmocka_unit_test(test_recursion),
		cmocka_unit_test(test_is_contended),
		cmocka_unit_test(test_stress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
