// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's watchdogs: each at the edges of its threshold, on both sides of the sampling's phase.
 */
#include "tests/unit/watchdog.h"

/* --- the host --- */

/* In steps, as the kernel's loops are; cond_resched() in between if it is a good one. */
static void long_loop(struct task *me, void *arg)
{
	struct world *w = arg;

	sim_sleep_until(me, w->begin_ns);
	sim_op_begin(me, "loop");
	while (sim_now(me) < w->end_ns) {
		sim_cost(me, MS(50));
		sim_point(me, 1, SIM_READ);
		if (w->yields)
			cond_resched(me);
	}
	sim_op_end(me, 0);
}

static void long_hold(struct task *me, void *arg)
{
	struct world *w = arg;

	sim_sleep_until(me, w->begin_ns);
	sim_op_begin(me, "hold");
	spin_lock(me, &w->spin);
	while (sim_now(me) < w->end_ns)
		sim_cost(me, MS(50));
	spin_unlock(me, &w->spin);
	sim_op_end(me, 0);
}

static u32 host_finds(const char *rule, enum preempt_model preempt, bool yields,
		      void (*fn)(struct task *me, void *arg), sim_ns begin_ns, sim_ns end_ns)
{
	struct watchdog_config cfg = config(HARDLOCKUP_OFF);
	struct world w;
	u32 n;

	world_init(&w, preempt, &cfg);
	w.begin_ns = begin_ns;
	w.end_ns = end_ns;
	w.yields = yields;
	sim_task_create(w.sim, "vmm", ACTOR_VMM, fn, &w, -1);
	sim_run(w.sim);
	n = found(w.sim, rule);
	sim_destroy(w.sim);
	return n;
}

/* The preemption model decides; a spinlock is held by a CPU that does not schedule in any. */
static void test_host_soft_lockup(void **state)
{
	const char *rule = "host-soft-lockup";

	assert_int_equal(host_finds(rule, PREEMPT_NONE, false, long_loop, MS(100), MS(23900)), 0);
	assert_int_equal(host_finds(rule, PREEMPT_NONE, false, long_loop, MS(100), MS(24100)), 1);
	assert_int_equal(host_finds(rule, PREEMPT_NONE, true, long_loop, MS(100), MS(60000)), 0);
	assert_int_equal(host_finds(rule, PREEMPT_LAZY, false, long_loop, MS(100), MS(60000)), 0);
	assert_int_equal(host_finds(rule, PREEMPT_FULL, false, long_loop, MS(100), MS(60000)), 0);
	assert_int_equal(host_finds(rule, PREEMPT_FULL, false, long_hold, MS(100), MS(23900)), 0);
	assert_int_equal(host_finds(rule, PREEMPT_FULL, false, long_hold, MS(100), MS(24100)), 1);
	/* it begins right before a sample: the stopper has run at 0 s all the same */
	assert_int_equal(host_finds(rule, PREEMPT_FULL, false, long_hold, MS(3900), MS(23900)), 0);
	assert_int_equal(host_finds(rule, PREEMPT_FULL, false, long_hold, MS(3900), MS(24100)), 1);
}

static void test_host_soft_lockup_names_the_lock(void **state)
{
	struct watchdog_config cfg = config(HARDLOCKUP_OFF);
	const struct sim_finding *f;
	struct world w;

	world_init(&w, PREEMPT_FULL, &cfg);
	w.begin_ns = MS(100);
	w.end_ns = MS(25000);
	sim_task_create(w.sim, "vmm", ACTOR_VMM, long_hold, &w, -1);
	sim_run(w.sim);
	f = finding_of(w.sim, "host-soft-lockup");
	assert_says(f, "soft lockup - CPU#0 stuck for 22s! [vmm:0]");
	assert_says(f, "it holds s (write) since 23.9 s");
	sim_destroy(w.sim);
}

static void test_host_rcu_stall(void **state)
{
	const char *rule = "host-rcu-stall";

	assert_int_equal(host_finds(rule, PREEMPT_FULL, false, long_hold, MS(100), MS(21000)), 0);
	assert_int_equal(host_finds(rule, PREEMPT_FULL, false, long_hold, MS(100), MS(21200)), 1);
	assert_int_equal(host_finds(rule, PREEMPT_FULL, false, long_loop, MS(100), MS(60000)), 0);
}

static void long_reader(struct task *me, void *arg)
{
	struct world *w = arg;

	rcu_read_lock(me);
	while (sim_now(me) < w->end_ns)
		sim_cost(me, MS(50));
	rcu_read_unlock(me);
}

static void waits_for_readers(struct task *me, void *arg)
{
	sim_sleep(me, NSEC_PER_SEC);
	synchronize_rcu(me);
}

static void test_host_rcu_stall_of_a_reader(void **state)
{
	for (int late = 0; late < 2; late++) {
		struct watchdog_config cfg = config(HARDLOCKUP_OFF);
		struct world w;

		world_init(&w, PREEMPT_FULL, &cfg);
		w.end_ns = late ? MS(22100) : MS(21900);
		sim_task_create(w.sim, "reader", ACTOR_VMM, long_reader, &w, -1);
		sim_task_create(w.sim, "writer", ACTOR_VMM, waits_for_readers, &w, -1);
		sim_run(w.sim);
		assert_int_equal(found(w.sim, "host-rcu-stall"), late);
		if (late)
			assert_says(finding_of(w.sim, "host-rcu-stall"),
				    "writer waited for 21.0 s for rcu, owned by reader/0");
		sim_destroy(w.sim);
	}
}

/* --- hung tasks --- */

static void write_holder(struct task *me, void *arg)
{
	struct world *w = arg;

	sim_op_begin(me, "release");
	down_write(me, &w->rwsem);
	sim_sleep_until(me, w->end_ns);
	up_write(me, &w->rwsem);
	sim_op_end(me, 0);
}

static void reads(struct task *me, void *arg)
{
	struct world *w = arg;

	sim_sleep_until(me, w->begin_ns);
	sim_op_begin(me, "fault");
	down_read(me, &w->rwsem);
	up_read(me, &w->rwsem);
	sim_op_end(me, 0);
}

static void reads_killable(struct task *me, void *arg)
{
	struct world *w = arg;

	sim_sleep_until(me, w->begin_ns);
	if (!down_read_killable(me, &w->rwsem))
		up_read(me, &w->rwsem);
}

static u32 hung(void (*fn)(struct task *me, void *arg), sim_ns begin_ns, sim_ns end_ns,
		const char *says)
{
	struct watchdog_config cfg = config(HARDLOCKUP_OFF);
	struct world w;
	u32 n;

	world_init(&w, PREEMPT_LAZY, &cfg);
	w.begin_ns = begin_ns;
	w.end_ns = end_ns;
	sim_task_create(w.sim, "vmm", ACTOR_VMM, write_holder, &w, -1);
	sim_task_create(w.sim, "vcpu0", ACTOR_GUEST, fn, &w, -1);
	sim_run(w.sim);
	n = found(w.sim, "host-hung-task");
	if (says)
		assert_says(finding_of(w.sim, "host-hung-task"), says);
	sim_destroy(w.sim);
	return n;
}

/* khungtaskd looks at 121.1 s, 241.9 s and 362.8 s: the timer wheel rounds 120 s up. */
static void test_host_hung_task(void **state)
{
	assert_int_equal(hung(reads, MS(1000), MS(241900), NULL), 0);
	assert_int_equal(hung(reads, MS(1000), MS(242000),
			      "INFO: task vcpu0:1 blocked for more than 120 seconds.\n"
			      "INFO: task vcpu0:1 <reader> blocked on an rw-semaphore likely owned "
			      "by task vmm:0\n"),
			 1);
	/* it went to sleep right before the first look, or right after it */
	assert_int_equal(hung(reads, MS(121000), MS(242000), NULL), 1);
	assert_int_equal(hung(reads, MS(121200), MS(242000), NULL), 0);
	assert_int_equal(hung(reads, MS(121200), MS(363000), NULL), 1);
	/* a task that can be killed is not hung */
	assert_int_equal(hung(reads_killable, MS(1000), MS(400000), NULL), 0);
}

/* --- what must not change --- */

static void ends_with_a_sleeper(struct task *me, void *arg)
{
	sim_sleep(me, 100 * NSEC_PER_SEC);
}

/* Samples are no events of the run, and do not keep it going. */
static void test_samples_leave_no_trace(void **state)
{
	u64 fingerprint[2];

	for (int on = 0; on < 2; on++) {
		struct watchdog_config cfg = config(HARDLOCKUP_OFF);
		struct world w;

		world_init(&w, PREEMPT_LAZY, on ? &cfg : NULL);
		sim_task_create(w.sim, "t", ACTOR_VMM, ends_with_a_sleeper, &w, -1);
		sim_run(w.sim);
		fingerprint[on] = w.sim->fingerprint;
		assert_int_equal(w.sim->end_ns, 100 * NSEC_PER_SEC);
		assert_int_equal(w.sim->nr_findings, 0);
		sim_destroy(w.sim);
	}
	assert_int_equal(fingerprint[0], fingerprint[1]);
}

static void takes_twice(struct task *me, void *arg)
{
	struct world *w = arg;

	mutex_lock(me, &w->mutex);
	mutex_lock(me, &w->mutex);
}

/* A deadlock is found at once, as one, and nobody waits for a watchdog to say so. */
static void test_deadlock_is_no_hung_task(void **state)
{
	struct watchdog_config cfg = config(HARDLOCKUP_OFF);
	struct world w;

	world_init(&w, PREEMPT_LAZY, &cfg);
	sim_task_create(w.sim, "t", ACTOR_VMM, takes_twice, &w, -1);
	sim_run(w.sim);
	assert_int_equal(found(w.sim, "deadlock"), 1);
	assert_int_equal(found(w.sim, "host-hung-task"), 0);
	assert_true(w.sim->end_ns < NSEC_PER_SEC);
	sim_destroy(w.sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host_soft_lockup),
		cmocka_unit_test(test_host_soft_lockup_names_the_lock),
		cmocka_unit_test(test_host_rcu_stall),
		cmocka_unit_test(test_host_rcu_stall_of_a_reader),
		cmocka_unit_test(test_host_hung_task),
		cmocka_unit_test(test_samples_leave_no_trace),
		cmocka_unit_test(test_deadlock_is_no_hung_task),
	};

	return cmocka_run_group_tests_name("watchdog_host", tests, NULL, NULL);
}
