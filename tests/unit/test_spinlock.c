// SPDX-License-Identifier: GPL-2.0-only
/*
 * spinlock_t: order of service, context, misuse.
 */
#include "tests/unit/locktest.h"

#include "sim/mutex.h"
#include "sim/spinlock.h"

static void init(struct sim *sim, void *lock)
{
	spin_lock_init(sim, lock, "test_spinlock");
}

static int lock_mode(struct task *me, void *lock, char mode)
{
	switch (mode) {
	case 'T':
		return !spin_trylock(me, lock);
	case 'I':
		spin_lock_irq(me, lock);
		return 0;
	default:
		spin_lock(me, lock);
		return 0;
	}
}

static void unlock_mode(struct task *me, void *lock, char mode)
{
	if (mode == 'I')
		spin_unlock_irq(me, lock);
	else
		spin_unlock(me, lock);
}

static const struct lt_ops ops = { init, lock_mode, unlock_mode };

/* S1: arrival order, whatever the task numbers, and each at the moment the one before it leaves. */
static void test_fifo(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'W', .hold_us = 100 },
		{ .at_us = 50, .mode = 'W', .hold_us = 10 },
		{ .at_us = 20, .mode = 'W', .hold_us = 10 },
		{ .at_us = 40, .mode = 'W', .hold_us = 10 },
		{ .at_us = 10, .mode = 'W', .hold_us = 10 },
		{ .at_us = 30, .mode = 'W', .hold_us = 10 },
	};
	struct sim_config cfg = lt_config();
	struct spinlock lock;
	struct lt lt;

	lt_run(&lt, &cfg, &ops, &lock, a);
	lt_no_findings(lt.sim);
	assert_got_us(&lt, 4, 100);
	assert_got_us(&lt, 2, 110);
	assert_got_us(&lt, 5, 120);
	assert_got_us(&lt, 3, 130);
	assert_got_us(&lt, 1, 140);
	assert_int_equal(lock.val, 0);
	sim_destroy(lt.sim);
}

/* S1: who unlocks and locks again at once goes to the end of the queue. */
static void test_no_overtaking(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'W', .hold_us = 10, .rounds = 2 },
		{ .at_us = 1, .mode = 'W', .hold_us = 10 },
		{ .at_us = 2, .mode = 'W', .hold_us = 10 },
		{ .at_us = 25, .mode = 'T', .hold_us = 10 },
	};
	struct sim_config cfg = lt_config();
	struct spinlock lock;
	struct lt lt;

	lt_run(&lt, &cfg, &ops, &lock, a);
	lt_no_findings(lt.sim);
	assert_int_equal(lt.nr_order, 4);
	assert_int_equal(lt.order[1], 1);
	assert_int_equal(lt.order[2], 2);
	assert_int_equal(lt.order[3], 0);
	assert_int_equal(a[3].ret, 1);
	assert_int_equal(a[0].left_ns, 40 * US);
	sim_destroy(lt.sim);
}

struct context {
	struct spinlock a, b;
	struct mutex m;
	u32 preempt[6], irq[3];
	bool try_held, release_again;
};

static void context_fn(struct task *me, void *arg)
{
	struct context *c = arg;

	c->preempt[0] = me->preempt_count;
	spin_lock(me, &c->a);
	c->preempt[1] = me->preempt_count;
	spin_lock_irq(me, &c->b);
	c->preempt[2] = me->preempt_count;
	c->irq[0] = me->irq_count;
	c->try_held = spin_trylock(me, &c->a);
	c->preempt[3] = me->preempt_count;
	spin_unlock_irq(me, &c->b);
	c->irq[1] = me->irq_count;
	spin_unlock(me, &c->a);
	c->preempt[4] = me->preempt_count;
	if (spin_trylock(me, &c->a))
		spin_unlock(me, &c->a);
	c->preempt[5] = me->preempt_count;
}

static void test_context(void **state)
{
	struct sim_config cfg = lt_config();
	struct sim *sim = sim_create(&cfg);
	struct context c = { 0 };

	spin_lock_init(sim, &c.a, "a");
	spin_lock_init(sim, &c.b, "b");
	sim_task_create(sim, "t", ACTOR_KERNEL, context_fn, &c, -1);
	sim_run(sim);
	lt_no_findings(sim);
	for (u32 i = 0; i < 6; i++)
		assert_int_equal(c.preempt[i], ((const u32[]){ 0, 1, 2, 2, 0, 0 }[i]));
	assert_int_equal(c.irq[0], 1);
	assert_int_equal(c.irq[1], 0);
	assert_false(c.try_held);
	sim_destroy(sim);
}

/* S2: sleeping under a spinlock is a finding; sleeping after it is not. */
static void atomic_fn(struct task *me, void *arg)
{
	struct context *c = arg;

	spin_lock(me, &c->a);
	if (c->release_again)
		spin_unlock(me, &c->a);
	mutex_lock(me, &c->m);
	mutex_unlock(me, &c->m);
	if (!c->release_again)
		spin_unlock(me, &c->a);
}

static void test_sleeping_in_atomic(void **state)
{
	for (int twin = 0; twin < 2; twin++) {
		struct sim_config cfg = lt_config();
		struct sim *sim = sim_create(&cfg);
		struct context c = { .release_again = twin };

		spin_lock_init(sim, &c.a, "a");
		mutex_init(sim, &c.m, "m");
		sim_task_create(sim, "t", ACTOR_KERNEL, atomic_fn, &c, -1);
		sim_run(sim);
		assert_int_equal(sim_has_finding(sim, "lock-order"), !twin);
		sim_destroy(sim);
	}
}

/* A release by somebody else is a finding and changes nothing: the holder still excludes. */
static void thief_fn(struct task *me, void *arg)
{
	struct context *c = arg;

	lt_until(me, 10);
	spin_unlock(me, &c->a);
	c->preempt[0] = me->preempt_count;
	c->try_held = spin_trylock(me, &c->a);
	if (c->try_held)
		spin_unlock(me, &c->a);
}

static void holder_fn(struct task *me, void *arg)
{
	struct context *c = arg;

	spin_lock(me, &c->a);
	sim_cost(me, 100 * US);
	spin_unlock(me, &c->a);
}

static void test_wrong_owner(void **state)
{
	struct sim_config cfg = lt_config();
	struct sim *sim = sim_create(&cfg);
	struct context c = { 0 };

	spin_lock_init(sim, &c.a, "a");
	sim_task_create(sim, "holder", ACTOR_KERNEL, holder_fn, &c, -1);
	sim_task_create(sim, "thief", ACTOR_KERNEL, thief_fn, &c, -1);
	sim_run(sim);
	assert_int_equal(sim->nr_findings, 1);
	assert_true(sim_has_finding(sim, "lock-order"));
	assert_false(c.try_held);
	assert_int_equal(c.preempt[0], 0);
	assert_int_equal(c.a.val, 0);
	sim_destroy(sim);
}

/* Taking it twice is a deadlock with oneself. */
static void recursive_fn(struct task *me, void *arg)
{
	struct context *c = arg;

	spin_lock(me, &c->a);
	spin_lock(me, &c->a);
}

static void test_recursion(void **state)
{
	struct sim_config cfg = lt_config();
	struct sim *sim = sim_create(&cfg);
	struct context c = { 0 };

	spin_lock_init(sim, &c.a, "a");
	sim_task_create(sim, "t", ACTOR_KERNEL, recursive_fn, &c, -1);
	sim_run(sim);
	assert_true(sim_has_finding(sim, "deadlock"));
	sim_destroy(sim);
}

static void test_statistics(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'W', .hold_us = 100 },
		{ .at_us = 10, .mode = 'W', .hold_us = 10 },
		{ .at_us = 20, .mode = 'T' },
	};
	struct sim_config cfg = lt_config();
	struct lock_mode_stat st;
	struct spinlock lock;
	struct lt lt;

	lt_run(&lt, &cfg, &ops, &lock, a);
	lock_stat_total(lt.sim, lock.dep_map.class->id, LOCK_WRITE, &st);
	assert_int_equal(st.acquisitions, 2);
	assert_int_equal(st.contentions, 1);
	assert_int_equal(st.wait->max, 90 * US);
	assert_int_equal(st.hold->max, 100 * US);
	assert_int_equal(st.hold->min, 10 * US);
	sim_destroy(lt.sim);
}

static void test_stress(void **state)
{
	struct spinlock lock;

	for (u64 seed = 0; seed < 2000; seed++) {
		enum sched_policy sched = seed % 8 ? SCHED_RANDOM : SCHED_FIFO;

		assert_int_equal(lt_stress_seed(&ops, &lock, "WWIWI", seed, sched), 20);
		assert_int_equal(lock.val, 0);
		lt_stress_seed(&ops, &lock, "WTWTI", seed, sched);
		assert_int_equal(lock.val, 0);
	}
}

/* The stress itself: it finds a lock that does not lock, and different seeds differ. */
static int no_lock(struct task *me, void *lock, char mode)
{
	sim_point(me, 1, SIM_WRITE);
	return 0;
}

static void no_unlock(struct task *me, void *lock, char mode)
{
}

static void test_stress_can_fail(void **state)
{
	static const struct lt_ops broken = { init, no_lock, no_unlock };
	struct spinlock lock;
	u32 found = 0, same = 0;
	u64 last = 0;

	for (u64 seed = 0; seed < 100; seed++) {
		struct lt_stress s = lt_stress_run(&broken, &lock, "WWWWW", seed, SCHED_RANDOM);

		found += s.bad != 0;
		s = lt_stress_run(&ops, &lock, "WWWWW", seed, SCHED_RANDOM);
		same += s.fingerprint == last;
		last = s.fingerprint;
	}
	assert_int_equal(found, 100);
	assert_int_equal(same, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fifo),
		cmocka_unit_test(test_no_overtaking),
		cmocka_unit_test(test_context),
		cmocka_unit_test(test_sleeping_in_atomic),
		cmocka_unit_test(test_wrong_owner),
		cmocka_unit_test(test_recursion),
		cmocka_unit_test(test_statistics),
		cmocka_unit_test(test_stress_can_fail),
		cmocka_unit_test(test_stress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
