// SPDX-License-Identifier: GPL-2.0-only
/*
 * SRCU: what a grace period waits for, and what it must not wait for.
 */
#include "tests/unit/locktest.h"

#include "sim/rwsem.h"
#include "sim/srcu.h"

/* 'r' is a reader, 'S' a grace period (got_ns is its end). */
struct domain {
	struct srcu_struct srcu;
	u32 idx[64]; /* per task */
};

static void init(struct sim *sim, void *lock)
{
	struct domain *d = lock;

	init_srcu_struct(sim, &d->srcu, "test_srcu");
}

static int lock_mode(struct task *me, void *lock, char mode)
{
	struct domain *d = lock;

	if (mode == 'S')
		synchronize_srcu(me, &d->srcu);
	else
		d->idx[me->id] = srcu_read_lock(me, &d->srcu);
	return 0;
}

static void unlock_mode(struct task *me, void *lock, char mode)
{
	struct domain *d = lock;

	if (mode != 'S')
		srcu_read_unlock(me, &d->srcu, d->idx[me->id]);
}

static const struct lt_ops ops = { init, lock_mode, unlock_mode };

/* G1: the grace period ends when the last old reader leaves, and does not wait for newer ones. */
static void test_waits_exactly_for_old_readers(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'r', .hold_us = 100, .sleep = true },
		{ .at_us = 5, .mode = 'r', .hold_us = 20 },
		{ .at_us = 10, .mode = 'S' },
		{ .at_us = 20, .mode = 'r', .hold_us = 500, .sleep = true },
		{ .at_us = 200, .mode = 'S' },
		{ .at_us = 1000, .mode = 'S' },
	};
	struct sim_config cfg = lt_config();
	struct lock_mode_stat st;
	struct domain d;
	struct lt lt;

	lt_run(&lt, &cfg, &ops, &d, a);
	lt_no_findings(lt.sim);
	assert_got_us(&lt, 2, 100);
	assert_got_us(&lt, 3, 20);
	assert_got_us(&lt, 4, 520);
	assert_got_us(&lt, 5, 1000);
	lock_stat_total(lt.sim, d.srcu.dep_map[0].class->id, LOCK_WRITE, &st);
	assert_int_equal(st.acquisitions, 3);
	assert_int_equal(st.contentions, 2);
	assert_int_equal(st.wait->max, 320 * US);
	sim_destroy(lt.sim);
}

/* G1: two grace periods at once: each waits for its own readers; a stream delays neither. */
static void test_concurrent_grace_periods(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'r', .hold_us = 100 },
		{ .at_us = 10, .mode = 'S' },
		{ .at_us = 20, .mode = 'r', .hold_us = 60, .rounds = 20 },
		{ .at_us = 25, .mode = 'r', .hold_us = 70, .rounds = 20 },
		{ .at_us = 30, .mode = 'S' },
	};
	struct sim_config cfg = lt_config();
	struct domain d;
	struct lt lt;

	lt_run(&lt, &cfg, &ops, &d, a);
	lt_no_findings(lt.sim);
	assert_got_us(&lt, 1, 100);
	assert_in_range(a[4].got_ns, 130 * US, 180 * US); /* starts at 100, behind the first */
	sim_destroy(lt.sim);
}

struct misuse {
	struct srcu_struct srcu;
	struct rw_semaphore sem;
	char how;
};

/* A grace period inside one of its own sections, and by way of a lock. */
static void self_fn(struct task *me, void *arg)
{
	struct misuse *m = arg;
	u32 idx = srcu_read_lock(me, &m->srcu);

	if (m->how != 's')
		srcu_read_unlock(me, &m->srcu, idx);
	synchronize_srcu(me, &m->srcu);
	if (m->how == 's')
		srcu_read_unlock(me, &m->srcu, idx);
}

static void test_grace_period_in_own_section(void **state)
{
	for (const char *how = "s-"; *how; how++) {
		struct sim_config cfg = lt_config();
		struct sim *sim = sim_create(&cfg);
		struct misuse m = { .how = *how };

		init_srcu_struct(sim, &m.srcu, "s");
		sim_task_create(sim, "t", ACTOR_KERNEL, self_fn, &m, -1);
		sim_run(sim);
		assert_int_equal(sim_has_finding(sim, "deadlock"), *how == 's');
		sim_destroy(sim);
	}
}

static void updater_fn(struct task *me, void *arg)
{
	struct misuse *m = arg;

	lt_until(me, 10);
	down_write(me, &m->sem);
	synchronize_srcu(me, &m->srcu);
	up_write(me, &m->sem);
}

static void old_reader_fn(struct task *me, void *arg)
{
	struct misuse *m = arg;
	u32 idx = srcu_read_lock(me, &m->srcu);

	sim_cost(me, 50 * US);
	if (m->how == 'o') {
		down_read(me, &m->sem);
		up_read(me, &m->sem);
	}
	srcu_read_unlock(me, &m->srcu, idx);
}

static void new_reader_fn(struct task *me, void *arg)
{
	struct misuse *m = arg;
	u32 idx;

	lt_until(me, 20);
	idx = srcu_read_lock(me, &m->srcu);
	if (m->how == 'n') {
		down_read(me, &m->sem);
		up_read(me, &m->sem);
	}
	srcu_read_unlock(me, &m->srcu, idx);
}

/*
 * An old reader that waits for the lock of the grace period's owner is a deadlock; a new reader
 * that does so is not, because nobody waits for it.
 */
static void test_readers_blocked_by_the_updater(void **state)
{
	for (const char *how = "on-"; *how; how++) {
		struct sim_config cfg = lt_config();
		struct sim *sim = sim_create(&cfg);
		struct misuse m = { .how = *how };

		init_srcu_struct(sim, &m.srcu, "s");
		init_rwsem(sim, &m.sem, "l", 0);
		sim_task_create(sim, "old", ACTOR_KERNEL, old_reader_fn, &m, -1);
		sim_task_create(sim, "updater", ACTOR_KERNEL, updater_fn, &m, -1);
		sim_task_create(sim, "new", ACTOR_KERNEL, new_reader_fn, &m, -1);
		sim_run(sim);
		assert_int_equal(sim_has_finding(sim, "deadlock"), *how == 'o');
		sim_destroy(sim);
	}
}

struct nested {
	struct srcu_struct srcu;
	bool held[3];
	u64 readers;
};

static void nested_fn(struct task *me, void *arg)
{
	struct nested *n = arg;
	u32 outer, inner;

	n->held[0] = srcu_read_lock_held(me, &n->srcu);
	outer = srcu_read_lock(me, &n->srcu);
	inner = srcu_read_lock(me, &n->srcu);
	n->readers = n->srcu.nr_readers[0] + n->srcu.nr_readers[1];
	srcu_read_unlock(me, &n->srcu, inner);
	n->held[1] = srcu_read_lock_held(me, &n->srcu);
	srcu_read_unlock(me, &n->srcu, outer);
	n->held[2] = srcu_read_lock_held(me, &n->srcu);
	srcu_read_unlock(me, &n->srcu, outer); /* once too often */
}

static void test_nesting_and_balance(void **state)
{
	struct sim_config cfg = lt_config();
	struct sim *sim = sim_create(&cfg);
	struct nested n = { 0 };

	init_srcu_struct(sim, &n.srcu, "s");
	sim_task_create(sim, "t", ACTOR_KERNEL, nested_fn, &n, -1);
	sim_run(sim);
	assert_false(n.held[0]);
	assert_true(n.held[1]);
	assert_false(n.held[2]);
	assert_int_equal(n.readers, 2);
	assert_int_equal(n.srcu.nr_readers[0] + n.srcu.nr_readers[1], 0);
	assert_int_equal(sim->nr_findings, 1);
	assert_true(sim_has_finding(sim, "lock-order"));
	sim_destroy(sim);
}

/* Random schedules: a reader never sees an object whose grace period is over. */
struct publish {
	struct srcu_struct srcu;
	u32 obj;
	u32 current_gen; /* the generation readers find */
	u32 freed_gen;	 /* all up to here are freed */
	u32 bad;
};

static void publish_reader_fn(struct task *me, void *arg)
{
	struct publish *p = arg;

	for (int i = 0; i < 4; i++) {
		u32 idx = srcu_read_lock(me, &p->srcu);
		u32 gen;

		sim_point(me, p->obj, SIM_READ);
		gen = p->current_gen;
		sim_point(me, p->obj, SIM_READ);
		sim_cost(me, (me->id + 1) * US);
		p->bad += gen <= p->freed_gen;
		srcu_read_unlock(me, &p->srcu, idx);
	}
}

static void publish_updater_fn(struct task *me, void *arg)
{
	struct publish *p = arg;

	for (int i = 0; i < 3; i++) {
		u32 old = p->current_gen;

		sim_point(me, p->obj, SIM_WRITE);
		p->current_gen = old + 1;
		synchronize_srcu(me, &p->srcu);
		p->freed_gen = old;
	}
}

static void test_stress(void **state)
{
	for (u64 seed = 0; seed < 2000; seed++) {
		struct sim_config cfg = lt_config();
		struct publish p = { .current_gen = 1 };
		struct sim *sim;

		cfg.seed = seed;
		cfg.sched = seed % 8 ? SCHED_RANDOM : SCHED_FIFO;
		cfg.nr_cpus = 2;
		cfg.pool = lt_pool();
		sim = sim_create(&cfg);
		init_srcu_struct(sim, &p.srcu, "s");
		p.obj = sim_new_obj(sim);
		sim_task_create(sim, "r0", ACTOR_KERNEL, publish_reader_fn, &p, -1);
		sim_task_create(sim, "u", ACTOR_KERNEL, publish_updater_fn, &p, -1);
		sim_task_create(sim, "r1", ACTOR_KERNEL, publish_reader_fn, &p, -1);
		sim_run(sim);
		lt_no_findings(sim);
		assert_int_equal(p.bad, 0);
		assert_int_equal(p.freed_gen, 3);
		sim_destroy(sim);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_waits_exactly_for_old_readers),
		cmocka_unit_test(test_concurrent_grace_periods),
		cmocka_unit_test(test_grace_period_in_own_section),
		cmocka_unit_test(test_readers_blocked_by_the_updater),
		cmocka_unit_test(test_nesting_and_balance),
		cmocka_unit_test(test_stress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
