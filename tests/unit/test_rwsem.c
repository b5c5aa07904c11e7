// SPDX-License-Identifier: GPL-2.0-only
/*
 * rw_semaphore: the rules R1 to R6 of sim/rwsem.h.
 */
#include "tests/unit/rwsemtest.h"

/* R1: readers share at once; with a writer asleep on the lock they queue. */
static void test_r1_fast_path(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'r', .hold_us = 100 },
		{ .at_us = 10, .mode = 'r', .hold_us = 10 },
		{ .at_us = 50, .mode = 'W', .hold_us = 100, .sleep = true },
		{ .at_us = 150, .mode = 'r', .hold_us = 10 },
	};
	struct sim_config cfg = lt_config();
	struct rw_semaphore sem;
	struct lt lt;

	lt_run(&lt, &cfg, &ops, &sem, a);
	lt_no_findings(lt.sim);
	assert_got_us(&lt, 1, 10);
	assert_got_us(&lt, 2, 100);
	assert_got_us(&lt, 3, 200);
	assert_at_rest(&sem);
	sim_destroy(lt.sim);
}

/*
 * R2: while the woken writer is still on its way, a reader steals the free lock; the next reader
 * finds it reader-owned and queues behind the writer.
 */
static void test_r2_steal_and_queue(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'r', .hold_us = 100 },
		{ .at_us = 10, .mode = 'W', .hold_us = 50 },
		{ .at_us = 120, .mode = 'r', .hold_us = 80 },
		{ .at_us = 130, .mode = 'r', .hold_us = 10 },
	};
	struct sim_config cfg = lt_config();
	struct rw_semaphore sem;
	struct lt lt;

	cfg.wake_latency_ns = 50 * US;
	lt_run(&lt, &cfg, &ops, &sem, a);
	lt_no_findings(lt.sim);
	assert_got_us(&lt, 2, 120);	   /* stolen at once */
	assert_got_us(&lt, 1, 250);	   /* woken at 100 in vain, at 200 for good */
	assert_got_us(&lt, 3, 250 + 50 + 50); /* behind the writer */
	assert_at_rest(&sem);
	sim_destroy(lt.sim);
}

/* R2 the other way round: with a reader inside, a newcomer never passes a waiting writer. */
static void test_r2_owned_means_queue(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'r', .hold_us = 500 },
		{ .at_us = 10, .mode = 'W', .hold_us = 50 },
		{ .at_us = 100, .mode = 'r', .hold_us = 10 },
	};
	struct sim_config cfg = lt_config();
	struct rw_semaphore sem;
	struct lt lt;

	lt_run(&lt, &cfg, &ops, &sem, a);
	lt_no_findings(lt.sim);
	assert_got_us(&lt, 1, 500);
	assert_got_us(&lt, 2, 550);
	sim_destroy(lt.sim);
}

/* R3: a writer spins while the owner runs, and has the lock at the moment of the release. */
static void test_r3_writer_spins_on_running_writer(void **state)
{
	for (int asleep = 0; asleep < 2; asleep++) {
		struct lt_actor a[] = {
			{ .at_us = 0, .mode = 'W', .hold_us = 100, .sleep = asleep },
			{ .at_us = 10, .mode = 'W', .hold_us = 10 },
		};
		struct sim_config cfg = lt_config();
		struct rw_semaphore sem;
		struct lt lt;

		cfg.wake_latency_ns = 50 * US;
		lt_run(&lt, &cfg, &ops, &sem, a);
		lt_no_findings(lt.sim);
		/* the sleeper itself needs 50 us to get back to its CPU, and then the waiter */
		assert_got_us(&lt, 1, asleep ? 200 : 100);
		assert_at_rest(&sem);
		sim_destroy(lt.sim);
	}
}

/* R3: spinners are served in order, before the queue; none of them sleeps while the owner runs. */
static void test_r3_spinners_in_order(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'W', .hold_us = 50, .sleep = true },
		{ .at_us = 10, .mode = 'W', .hold_us = 10 }, /* queues: the owner sleeps */
		{ .at_us = 90, .mode = 'W', .hold_us = 10 },
		{ .at_us = 80, .mode = 'W', .hold_us = 100 }, /* steals: nobody runs with it */
		{ .at_us = 100, .mode = 'W', .hold_us = 10 },
		{ .at_us = 95, .mode = 'W', .hold_us = 10 },
	};
	struct sim_config cfg = lt_config();
	struct rw_semaphore sem;
	struct lt lt;

	cfg.wake_latency_ns = 20 * US; /* actor 0 releases at 70, actor 1 runs at 90 */
	lt_run(&lt, &cfg, &ops, &sem, a);
	lt_no_findings(lt.sim);
	assert_got_us(&lt, 3, 80);
	assert_got_us(&lt, 2, 180);
	assert_got_us(&lt, 5, 190);
	assert_got_us(&lt, 4, 200);
	assert_true(a[1].got_ns >= 210 * US);
	assert_at_rest(&sem);
	sim_destroy(lt.sim);
}

/* R3: when the owner goes to sleep, the spinner does too. */
struct dozer {
	struct rw_semaphore sem;
	sim_ns got_ns;
	u8 state_at_50;
};

static void dozer_fn(struct task *me, void *arg)
{
	struct dozer *d = arg;

	down_write(me, &d->sem);
	sim_cost(me, 20 * US);
	sim_sleep(me, 80 * US);
	up_write(me, &d->sem);
}

static void dozer_waiter_fn(struct task *me, void *arg)
{
	struct dozer *d = arg;

	lt_until(me, 10);
	down_write(me, &d->sem);
	d->got_ns = sim_now(me);
	up_write(me, &d->sem);
}

static void dozer_watch_fn(struct task *me, void *arg)
{
	struct dozer *d = arg;

	lt_until(me, 15);
	SIM_ASSERT(me->sim->tasks[1]->state == TASK_SPINNING);
	lt_until(me, 50);
	d->state_at_50 = me->sim->tasks[1]->state;
}

static void test_r3_spinning_ends_when_owner_sleeps(void **state)
{
	struct sim_config cfg = lt_config();
	struct sim *sim = sim_create(&cfg);
	struct dozer d = { 0 };

	init_rwsem(sim, &d.sem, "s", 0);
	sim_task_create(sim, "dozer", ACTOR_KERNEL, dozer_fn, &d, -1);
	sim_task_create(sim, "waiter", ACTOR_KERNEL, dozer_waiter_fn, &d, -1);
	sim_task_create(sim, "watch", ACTOR_KERNEL, dozer_watch_fn, &d, -1);
	sim_run(sim);
	lt_no_findings(sim);
	assert_int_equal(d.state_at_50, TASK_SLEEPING);
	assert_int_equal(d.got_ns, 100 * US);
	sim_destroy(sim);
}

/* R3: readers own it: a writer spins for (20 + min(readers, 30)) / 2 us, not longer. */
static void reader_spin(u32 readers, u64 leave_us, u64 want_us)
{
	struct lt_actor a[64] = { 0 };
	struct sim_config cfg = lt_config();
	struct rw_semaphore sem;
	struct lt lt;

	cfg.wake_latency_ns = 500 * US;
	for (u32 i = 0; i < readers; i++)
		a[i] = (struct lt_actor){ .mode = 'r', .hold_us = leave_us };
	a[readers] = (struct lt_actor){ .at_us = 100, .mode = 'W', .hold_us = 1 };
	lt_setup(&lt, &cfg, &ops, &sem, a, readers + 1);
	sim_run(lt.sim);
	lt_no_findings(lt.sim);
	assert_got_us(&lt, readers, want_us);
	assert_at_rest(&sem);
	sim_destroy(lt.sim);
}

static void test_r3_bounded_spinning_on_readers(void **state)
{
	reader_spin(1, 110, 110); /* limit 10.5 us */
	reader_spin(1, 111, 611);
	reader_spin(10, 114, 114); /* limit 15 us */
	reader_spin(10, 116, 616);
	reader_spin(30, 124, 124); /* limit 25 us, and so it stays */
	reader_spin(30, 126, 626);
	reader_spin(50, 124, 124);
	reader_spin(50, 126, 626);
}

/* R3: once a writer has spun on these readers in vain, the next one does not try. */
static void test_r3_nonspinnable(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'r', .hold_us = 200 },
		{ .at_us = 100, .mode = 'W', .hold_us = 10 }, /* spins to 110.5, then sleeps */
		{ .at_us = 195, .mode = 'W', .hold_us = 10 }, /* would get it at 200 by spinning */
	};
	struct sim_config cfg = lt_config();
	struct rw_semaphore sem;
	struct lt lt;

	cfg.wake_latency_ns = 50 * US;
	lt_run(&lt, &cfg, &ops, &sem, a);
	lt_no_findings(lt.sim);
	assert_got_us(&lt, 1, 250);
	assert_true(a[2].got_ns > 250 * US);
	assert_at_rest(&sem);
	sim_destroy(lt.sim);
}

/* R3: the next readers are judged afresh. */
static void test_r3_spinnable_again(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'r', .hold_us = 200 },
		{ .at_us = 100, .mode = 'W', .hold_us = 10 }, /* spins in vain, sleeps */
		{ .at_us = 210, .mode = 'r', .hold_us = 90 }, /* steals: the writer is on its way */
		{ .at_us = 295, .mode = 'W', .hold_us = 10 },
	};
	struct sim_config cfg = lt_config();
	struct rw_semaphore sem;
	struct lt lt;

	cfg.wake_latency_ns = 50 * US;
	lt_run(&lt, &cfg, &ops, &sem, a);
	lt_no_findings(lt.sim);
	assert_got_us(&lt, 2, 210);
	assert_got_us(&lt, 3, 300); /* by spinning, before the writer that sleeps */
	assert_true(a[1].got_ns > 300 * US);
	assert_at_rest(&sem);
	sim_destroy(lt.sim);
}

/*
 * R4: a stream of readers steals from a sleeping writer, again and again, until the writer, awake
 * and unsuccessful, has waited DIV_ROUND_UP(hz, 250) whole jiffies and more; then it is next.
 */
static sim_ns starve(u32 hz, u64 arrive_us)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'r', .hold_us = 50, .rounds = 2000 },
		{ .at_us = arrive_us, .mode = 'W', .hold_us = 10 },
	};
	struct sim_config cfg = lt_config();
	struct rw_semaphore sem;
	struct lt lt;

	cfg.hz = hz;
	cfg.wake_latency_ns = 5 * US;
	lt_run(&lt, &cfg, &ops, &sem, a);
	lt_no_findings(lt.sim);
	assert_at_rest(&sem);
	assert_int_equal(a[0].count, 2000);
	sim_destroy(lt.sim);
	return a[1].got_ns;
}

static void test_r4_handoff_time(void **state)
{
	/* waits until jiffy (arrival's jiffy + timeout + 1), and then for one reader or two */
	static const struct {
		u32 hz;
		u64 arrive_us, limit_us;
	} t[] = {
		{ 1000, 10, 5000 }, { 1000, 960, 5000 }, { 1000, 1010, 6000 },
		{ 250, 10, 8000 },  { 250, 3910, 8000 }, { 250, 4010, 12000 },
		{ 100, 10, 20000 }, { 100, 9910, 20000 }, { 100, 10010, 30000 },
		{ 300, 10, 10000 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		sim_ns got = starve(t[i].hz, t[i].arrive_us);

		assert_in_range(got, t[i].limit_us * US, (t[i].limit_us + 120) * US);
	}
}

/* R4: from handoff on nobody steals, neither reader nor spinning writer. */
static void test_r4_nobody_steals_after_handoff(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'r', .hold_us = 50, .rounds = 2000 },
		{ .at_us = 10, .mode = 'W', .hold_us = 500 },
		{ .at_us = 5052, .mode = 'W', .hold_us = 10 }, /* it is free, but promised */
		{ .at_us = 5053, .mode = 'T' },
		{ .at_us = 5054, .mode = 't' },
	};
	struct sim_config cfg = lt_config();
	struct rw_semaphore sem;
	struct lt lt;

	cfg.hz = 1000;
	cfg.wake_latency_ns = 5 * US;
	lt_run(&lt, &cfg, &ops, &sem, a);
	lt_no_findings(lt.sim);
	assert_got_us(&lt, 1, 5055); /* bit set at 5005, lock free from 5050 on */
	assert_true(a[2].got_ns >= a[1].got_ns + 500 * US);
	assert_int_equal(a[3].ret, 1);
	assert_int_equal(a[4].ret, 1);
	assert_at_rest(&sem);
	sim_destroy(lt.sim);
}

/* R5: a writer at the head comes alone; then the readers behind it, all at once. */
static void test_r5_fifo_and_phases(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'W', .hold_us = 100, .sleep = true },
		{ .at_us = 10, .mode = 'W', .hold_us = 10 },
		{ .at_us = 20, .mode = 'r', .hold_us = 10 },
		{ .at_us = 30, .mode = 'W', .hold_us = 10 },
		{ .at_us = 40, .mode = 'r', .hold_us = 10 },
		{ .at_us = 50, .mode = 'W', .hold_us = 10 },
	};
	struct sim_config cfg = lt_config();
	struct rw_semaphore sem;
	struct lt lt;

	lt_run(&lt, &cfg, &ops, &sem, a);
	lt_no_findings(lt.sim);
	assert_got_us(&lt, 1, 100);
	assert_got_us(&lt, 2, 110);
	assert_got_us(&lt, 4, 110); /* the writer between them was skipped */
	assert_got_us(&lt, 3, 120);
	assert_got_us(&lt, 5, 130);
	assert_at_rest(&sem);
	sim_destroy(lt.sim);
}

/* R5: of 300 queued readers one release lets 256 in, over the heads of the writers between. */
static void test_r5_batch_of_256(void **state)
{
	static struct lt_actor a[305];
	struct sim_config cfg = lt_config();
	struct rw_semaphore sem;
	struct lt lt;
	u32 first = 0, second = 0;

	memset(a, 0, sizeof(a));
	a[0] = (struct lt_actor){ .mode = 'W', .hold_us = 1000, .sleep = true };
	for (u32 i = 1; i < 305; i++)
		a[i] = (struct lt_actor){ .at_us = i, .mode = 'r', .hold_us = 100 };
	/* writers: behind 10 readers, behind 150, and last */
	a[11].mode = a[152].mode = a[304].mode = 'W';
	a[11].hold_us = a[152].hold_us = a[304].hold_us = 10;
	a[303].mode = 'T'; /* fails */
	lt_setup(&lt, &cfg, &ops, &sem, a, 305);
	sim_run(lt.sim);
	lt_no_findings(lt.sim);
	for (u32 i = 1; i < 303; i++) {
		if (a[i].mode != 'r')
			continue;
		if (a[i].got_ns == 1000 * US)
			first++;
		else if (a[i].got_ns == 1120 * US)
			second++;
	}
	assert_int_equal(first, 256);
	assert_got_us(&lt, 258, 1000); /* 256 readers and two writers before it */
	assert_got_us(&lt, 259, 1120);
	assert_int_equal(second, 300 - 256);
	assert_got_us(&lt, 11, 1100); /* the writer at the head now */
	assert_got_us(&lt, 152, 1110);
	assert_got_us(&lt, 304, 1220);
	assert_int_equal(a[303].ret, 1);
	assert_at_rest(&sem);
	sim_destroy(lt.sim);
}

/* R6: a plain waiter does not hear SIGKILL; killable and interruptible ones do. */
static void test_r6_signals(void **state)
{
	struct lt_actor a[] = {
		{ .at_us = 0, .mode = 'W', .hold_us = 100, .sleep = true },
		{ .at_us = 1, .mode = 'r', .hold_us = 10 },
		{ .at_us = 2, .mode = 'W', .hold_us = 10 },
		{ .at_us = 3, .mode = 'k', .hold_us = 10 },
		{ .at_us = 4, .mode = 'K', .hold_us = 10 },
		{ .at_us = 5, .mode = 'j', .hold_us = 10 },
		{ .at_us = 6, .mode = 'k', .hold_us = 10 },
		{ .at_us = 50, .mode = '9', .target = 1 },
		{ .at_us = 51, .mode = '9', .target = 2 },
		{ .at_us = 52, .mode = '9', .target = 3 },
		{ .at_us = 53, .mode = '9', .target = 4 },
		{ .at_us = 54, .mode = '1', .target = 5 },
		{ .at_us = 55, .mode = '1', .target = 6 }, /* not fatal */
	};
	struct sim_config cfg = lt_config();
	struct rw_semaphore sem;
	struct lt lt;

	lt_run(&lt, &cfg, &ops, &sem, a);
	lt_no_findings(lt.sim);
	assert_got_us(&lt, 1, 100);
	assert_got_us(&lt, 6, 100);
	assert_got_us(&lt, 2, 110);
	for (u32 i = 3; i < 6; i++) {
		assert_int_equal(a[i].ret, -EINTR);
		assert_int_equal(a[i].left_ns, (49 + i) * US);
	}
	assert_at_rest(&sem);
	sim_destroy(lt.sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_r1_fast_path),
		cmocka_unit_test(test_r2_steal_and_queue),
		cmocka_unit_test(test_r2_owned_means_queue),
		cmocka_unit_test(test_r3_writer_spins_on_running_writer),
		cmocka_unit_test(test_r3_spinners_in_order),
		cmocka_unit_test(test_r3_spinning_ends_when_owner_sleeps),
		cmocka_unit_test(test_r3_bounded_spinning_on_readers),
		cmocka_unit_test(test_r3_nonspinnable),
		cmocka_unit_test(test_r3_spinnable_again),
		cmocka_unit_test(test_r4_handoff_time),
		cmocka_unit_test(test_r4_nobody_steals_after_handoff),
		cmocka_unit_test(test_r5_fifo_and_phases),
		cmocka_unit_test(test_r5_batch_of_256),
		cmocka_unit_test(test_r6_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
