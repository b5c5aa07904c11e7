// SPDX-License-Identifier: GPL-2.0-only
/*
 * rwlock_t: the fairness of qrwlock, needbreak, misuse.
 */
#include "tests/unit/locktest.h"

#include "sim/rwlock.h"

static void init(struct sim *sim, void *lock)
{
	rwlock_init(sim, lock, "test_rwlock");
}

static int lock_mode(struct task *me, void *lock, char mode)
{
	switch (mode) {
	case 'W':
		write_lock(me, lock);
		return 0;
	case 'T':
		return !write_trylock(me, lock);
	case 't':
		return !read_trylock(me, lock);
	case 'i':
		irq_enter(me);
		read_lock(me, lock);
		return 0;
	default:
		read_lock(me, lock);
		return 0;
	}
}

static void unlock_mode(struct task *me, void *lock, char mode)
{
	if (mode == 'W' || mode == 'T')
		write_unlock(me, lock);
	else
		read_unlock(me, lock);
	if (mode == 'i')
		irq_exit(me);
}

static const struct lt_ops ops = { init, lock_mode, unlock_mode };

/* Q1, Q2: readers and writers that queue are served in one order; neighbouring readers share. */
static void test_fifo_of_both_kinds(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'W', .hold_us = 100 },
		{ .at_us = 10, .mode = 'r', .hold_us = 10 },
		{ .at_us = 20, .mode = 'W', .hold_us = 10 },
		{ .at_us = 30, .mode = 'r', .hold_us = 10 },
		{ .at_us = 40, .mode = 'r', .hold_us = 20 },
		{ .at_us = 50, .mode = 'W', .hold_us = 10 },
		{ .at_us = 60, .mode = 'W', .hold_us = 10 },
		{ .at_us = 70, .mode = 'r', .hold_us = 10 },
	};
	struct sim_config cfg = lt_config();
	struct rwlock lock;
	struct lt lt;

	lt_run(&lt, &cfg, &ops, &lock, a);
	lt_no_findings(lt.sim);
	assert_got_us(&lt, 1, 100);
	assert_got_us(&lt, 2, 110);
	assert_got_us(&lt, 3, 120);
	assert_got_us(&lt, 4, 120);
	assert_got_us(&lt, 5, 140);
	assert_got_us(&lt, 6, 150);
	assert_got_us(&lt, 7, 160);
	assert_int_equal(lock.cnts, 0);
	assert_int_equal(lock.nr_queued, 0);
	sim_destroy(lt.sim);
}

/* Q3: a reader passes while readers hold and nobody waits; not while a writer waits at the head. */
static void test_waiting_writer_stops_new_readers(void **state)
{
	for (int twin = 0; twin < 2; twin++) {
		struct lt_actor a[] = {
			{ .at_us = 0, .mode = 'r', .hold_us = 100 },
			{ .at_us = twin ? 200 : 10, .mode = 'W', .hold_us = 50 },
			{ .at_us = 20, .mode = 'r', .hold_us = 10 },
			{ .at_us = 30, .mode = 't' },
		};
		struct sim_config cfg = lt_config();
		struct rwlock lock;
		struct lt lt;

		lt_run(&lt, &cfg, &ops, &lock, a);
		lt_no_findings(lt.sim);
		assert_got_us(&lt, 1, twin ? 200 : 100);
		assert_got_us(&lt, 2, twin ? 20 : 150);
		assert_int_equal(a[3].ret, !twin);
		sim_destroy(lt.sim);
	}
}

/* Q1: the head of the queue is not overtaken by a newcomer even at the moment of the release. */
static void test_releaser_queues_again(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'W', .hold_us = 10, .rounds = 2 },
		{ .at_us = 1, .mode = 'r', .hold_us = 10 },
		{ .at_us = 2, .mode = 'W', .hold_us = 10 },
	};
	struct sim_config cfg = lt_config();
	struct rwlock lock;
	struct lt lt;

	lt_run(&lt, &cfg, &ops, &lock, a);
	lt_no_findings(lt.sim);
	assert_int_equal(lt.order[1], 1);
	assert_int_equal(lt.order[2], 2);
	assert_int_equal(lt.order[3], 0);
	sim_destroy(lt.sim);
}

/* Q4: in an interrupt a reader passes a writer that waits, but not one that holds. */
static void test_irq_readers(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'r', .hold_us = 100 },
		{ .at_us = 10, .mode = 'W', .hold_us = 100 },
		{ .at_us = 20, .mode = 'i', .hold_us = 10 },
		{ .at_us = 30, .mode = 'r', .hold_us = 10 },
		{ .at_us = 40, .mode = 'W', .hold_us = 50 },
		{ .at_us = 150, .mode = 'i', .hold_us = 30 },
	};
	struct sim_config cfg = lt_config();
	struct rwlock lock;
	struct lt lt;

	lt_run(&lt, &cfg, &ops, &lock, a);
	lt_no_findings(lt.sim);
	assert_got_us(&lt, 2, 20);
	assert_got_us(&lt, 1, 100);
	assert_got_us(&lt, 5, 200);
	assert_got_us(&lt, 3, 200);
	assert_got_us(&lt, 4, 230);
	assert_int_equal(lock.cnts, 0);
	assert_true(list_empty(&lock.irq_readers));
	sim_destroy(lt.sim);
}

/* An interrupt's reader may hold out a waiting writer; when it leaves, the writer gets in. */
static void test_irq_reader_is_last(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'r', .hold_us = 20 },
		{ .at_us = 5, .mode = 'W', .hold_us = 10 },
		{ .at_us = 10, .mode = 'i', .hold_us = 50 },
	};
	struct sim_config cfg = lt_config();
	struct rwlock lock;
	struct lt lt;

	lt_run(&lt, &cfg, &ops, &lock, a);
	lt_no_findings(lt.sim);
	assert_got_us(&lt, 1, 60);
	sim_destroy(lt.sim);
}

struct breaker {
	struct rwlock lock;
	bool contended, needbreak, dropped;
	sim_ns other_at;
	bool reader;
};

static void breaker_fn(struct task *me, void *arg)
{
	struct breaker *b = arg;

	if (b->reader)
		read_lock(me, &b->lock);
	else
		write_lock(me, &b->lock);
	sim_cost(me, 20 * US);
	b->contended = rwlock_is_contended(&b->lock);
	b->needbreak = rwlock_needbreak(me, &b->lock);
	b->dropped = b->reader ? cond_resched_rwlock_read(me, &b->lock) :
				 cond_resched_rwlock_write(me, &b->lock);
	sim_cost(me, 20 * US);
	if (b->reader)
		read_unlock(me, &b->lock);
	else
		write_unlock(me, &b->lock);
}

static void other_fn(struct task *me, void *arg)
{
	struct breaker *b = arg;

	lt_until(me, 10);
	write_lock(me, &b->lock);
	b->other_at = sim_now(me);
	sim_cost(me, 5 * US);
	write_unlock(me, &b->lock);
}

/* Q5: only a kernel that can be preempted breaks a hold for a waiter's sake. */
static void test_needbreak(void **state)
{
	for (int preempt = PREEMPT_NONE; preempt <= PREEMPT_FULL; preempt++) {
		for (int reader = 0; reader < 2; reader++) {
			bool want = preempt >= PREEMPT_LAZY;
			struct sim_config cfg = lt_config();
			struct breaker b = { .reader = reader };
			struct sim *sim;

			cfg.preempt = (enum preempt_model)preempt;
			sim = sim_create(&cfg);
			rwlock_init(sim, &b.lock, "l");
			sim_task_create(sim, "breaker", ACTOR_KERNEL, breaker_fn, &b, -1);
			sim_task_create(sim, "other", ACTOR_KERNEL, other_fn, &b, -1);
			sim_run(sim);
			lt_no_findings(sim);
			assert_true(b.contended);
			assert_int_equal(b.needbreak, want);
			assert_int_equal(b.dropped, want);
			assert_int_equal(b.other_at, (want ? 20 : 40) * US);
			sim_destroy(sim);
		}
	}
}

static void test_not_contended(void **state)
{
	struct sim_config cfg = lt_config();
	struct sim *sim = sim_create(&cfg);
	struct breaker b = { .dropped = true };

	rwlock_init(sim, &b.lock, "l");
	sim_task_create(sim, "breaker", ACTOR_KERNEL, breaker_fn, &b, -1);
	sim_run(sim);
	lt_no_findings(sim);
	assert_false(b.contended);
	assert_false(b.dropped);
	sim_destroy(sim);
}

struct misuse {
	struct rwlock lock;
	u32 cnts;
	bool right;
};

static void misuse_fn(struct task *me, void *arg)
{
	struct misuse *m = arg;

	write_lock(me, &m->lock);
	if (m->right)
		write_unlock(me, &m->lock);
	else
		read_unlock(me, &m->lock);
	m->cnts = m->lock.cnts;
	if (!m->right)
		write_unlock(me, &m->lock);
}

static void test_unlock_in_the_wrong_mode(void **state)
{
	for (int right = 0; right < 2; right++) {
		struct sim_config cfg = lt_config();
		struct sim *sim = sim_create(&cfg);
		struct misuse m = { .right = right };

		rwlock_init(sim, &m.lock, "l");
		sim_task_create(sim, "t", ACTOR_KERNEL, misuse_fn, &m, -1);
		sim_run(sim);
		assert_int_equal(sim_has_finding(sim, "lock-order"), !right);
		assert_int_equal(m.cnts, right ? 0 : QW_LOCKED);
		assert_int_equal(m.lock.cnts, 0);
		sim_destroy(sim);
	}
}

static void test_trylocks(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'r', .hold_us = 100 },
		{ .at_us = 10, .mode = 'T' },
		{ .at_us = 20, .mode = 't', .hold_us = 10 },
		{ .at_us = 200, .mode = 'T', .hold_us = 100 },
		{ .at_us = 210, .mode = 't' },
		{ .at_us = 220, .mode = 'T' },
	};
	struct sim_config cfg = lt_config();
	struct rwlock lock;
	struct lt lt;

	lt_run(&lt, &cfg, &ops, &lock, a);
	lt_no_findings(lt.sim);
	for (u32 i = 0; i < ARRAY_SIZE(a); i++)
		assert_int_equal(a[i].ret, ((const int[]){ 0, 1, 0, 0, 1, 1 }[i]));
	for (u32 i = 0; i < ARRAY_SIZE(a); i++)
		assert_int_equal(a[i].task->preempt_count, 0);
	assert_int_equal(lock.cnts, 0);
	sim_destroy(lt.sim);
}

static void test_stress(void **state)
{
	static const char *const modes[] = { "WrWrr", "rrrrW", "WWWrr", "WirWr", "TtWrr" };
	struct rwlock lock;

	for (u64 seed = 0; seed < 3000; seed++) {
		enum sched_policy sched = seed % 8 ? SCHED_RANDOM : SCHED_FIFO;
		u32 done = lt_stress_seed(&ops, &lock, modes[seed % 5], seed, sched);

		if (seed % 5 != 4)
			assert_int_equal(done, STRESS_TASKS * STRESS_ROUNDS);
		assert_int_equal(lock.cnts, 0);
		assert_int_equal(lock.nr_queued, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fifo_of_both_kinds),
		cmocka_unit_test(test_waiting_writer_stops_new_readers),
		cmocka_unit_test(test_releaser_queues_again),
		cmocka_unit_test(test_irq_readers),
		cmocka_unit_test(test_irq_reader_is_last),
		cmocka_unit_test(test_needbreak),
		cmocka_unit_test(test_not_contended),
		cmocka_unit_test(test_unlock_in_the_wrong_mode),
		cmocka_unit_test(test_trylocks),
		cmocka_unit_test(test_stress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
