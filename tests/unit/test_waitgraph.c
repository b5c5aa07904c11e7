// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_waitgraph.c - deadlocks, each with a correct twin on which the graph is silent.
 */
#include "simtest.h"
#include "sim/mutex.h"
#include "sim/rcu.h"
#include "sim/rwsem.h"
#include "sim/spinlock.h"
#include "sim/wait.h"

struct fix {
	struct sim *sim;
	struct mutex a, b, c;
	struct rw_semaphore sem;
	struct spinlock spin;
	struct wait_queue_head wq;
	struct task *sleeper;
	bool flag;
	u32 rounds;
	u32 done;
};

static void setup(struct fix *f, const struct sim_config *cfg)
{
	memset(f, 0, sizeof(*f));
	f->sim = test_sim(cfg);
	mutex_init(f->sim, &f->a, "a");
	mutex_init(f->sim, &f->b, "b");
	mutex_init(f->sim, &f->c, "c");
	init_rwsem(f->sim, &f->sem, "sem", 0);
	spin_lock_init(f->sim, &f->spin, "spin");
	init_waitqueue_head(f->sim, &f->wq, "event");
}

static void pair(struct task *me, struct fix *f, struct mutex *first, struct mutex *second)
{
	mutex_lock(me, first);
	sim_cost(me, 100);
	mutex_lock(me, second);
	sim_cost(me, 100);
	mutex_unlock(me, second);
	mutex_unlock(me, first);
	f->done++;
}

static void takes_ab(struct task *me, void *arg)
{
	struct fix *f = arg;

	SIM_FRAME(me);
	pair(me, f, &f->a, &f->b);
}

static void takes_ba(struct task *me, void *arg)
{
	struct fix *f = arg;

	SIM_FRAME(me);
	pair(me, f, &f->b, &f->a);
}

static void takes_next(struct task *me, void *arg)
{
	struct fix *f = arg;
	struct mutex *m[] = { &f->a, &f->b, &f->c };

	pair(me, f, m[me->id], m[(me->id + 1) % 3]);
}

static void inversion_is_found_in_time_order(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	const char *text;
	struct fix f;

	setup(&f, &cfg);
	spawn(f.sim, "vcpu0", takes_ab, &f);
	spawn(f.sim, "vmm", takes_ba, &f);
	sim_run(f.sim);
	assert_int_equal(f.done, 0);
	assert_true(f.sim->stopped);
	assert_int_equal(findings(f.sim, "deadlock", 1), 1);
	assert_int_equal(f.sim->nr_findings, 1);
	text = first_finding(f.sim, "deadlock");
	assert_non_null(strstr(text, "2 tasks wait for each other"));
	assert_non_null(strstr(text, "task vcpu0/0 is blocked in takes_ab: waits for b#"));
	assert_non_null(strstr(text, "held by vmm/1"));
	assert_non_null(strstr(text, "holds a#"));
	assert_non_null(strstr(text, "taken in takes_ba"));
	sim_destroy(f.sim);
}

static void same_order_is_silent(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f;

	setup(&f, &cfg);
	spawn(f.sim, "vcpu0", takes_ab, &f);
	spawn(f.sim, "vmm", takes_ab, &f);
	sim_run(f.sim);
	assert_int_equal(f.done, 2);
	assert_false(f.sim->stopped);
	assert_int_equal(f.sim->nr_findings, 0);
	sim_destroy(f.sim);
}

/* Some schedules have it and some do not; each verdict must fit what happened. */
static void inversion_under_random_schedules(void **state)
{
	u32 found = 0;

	for (u64 seed = 0; seed < 200; seed++) {
		struct sim_config cfg = test_config(SCHED_RANDOM);
		struct fix f;

		cfg.seed = seed;
		setup(&f, &cfg);
		spawn(f.sim, "x", takes_ab, &f);
		spawn(f.sim, "y", takes_ba, &f);
		sim_run(f.sim);
		assert_int_equal(findings(f.sim, "deadlock", f.done == 2 ? 0 : 1),
				 f.done == 2 ? 0 : 1);
		found += f.done != 2;
		sim_destroy(f.sim);
	}
	assert_in_range(found, 20, 180);
}

static void three_in_a_ring(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f;

	setup(&f, &cfg);
	for (u32 i = 0; i < 3; i++)
		spawn(f.sim, "t", takes_next, &f);
	sim_run(f.sim);
	assert_int_equal(findings(f.sim, "deadlock", 1), 1);
	assert_non_null(strstr(first_finding(f.sim, "deadlock"), "3 tasks wait for each other"));
	sim_destroy(f.sim);
}

static void works_on(struct task *me, void *arg)
{
	struct fix *f = arg;

	for (f->rounds = 0; f->rounds < 1000; f->rounds++)
		sim_sleep(me, 1000);
}

static void late_victim(struct task *me, void *arg)
{
	struct fix *f = arg;

	sim_sleep(me, 10000);
	pair(me, f, &f->a, &f->b);
}

static void partial_deadlock_is_found_while_others_run(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f;

	setup(&f, &cfg);
	spawn(f.sim, "x", takes_ab, &f);
	spawn(f.sim, "y", takes_ba, &f);
	spawn(f.sim, "worker", works_on, &f);
	spawn(f.sim, "victim", late_victim, &f);
	sim_run(f.sim);
	assert_int_equal(f.rounds, 1000);
	/* once: neither the end of the run nor the victim adds another */
	assert_int_equal(findings(f.sim, "deadlock", 1), 1);
	assert_true(f.sim->findings[0].at_ns < 1000);
	assert_null(strstr(first_finding(f.sim, "deadlock"), "victim"));
	sim_destroy(f.sim);
}

/* More tasks than are searched at each park: found all the same. */
static void deadlock_in_a_crowd(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f;

	setup(&f, &cfg);
	spawn(f.sim, "x", takes_ab, &f);
	for (u32 i = 0; i < 100; i++)
		spawn(f.sim, "worker", works_on, &f);
	spawn(f.sim, "y", takes_ba, &f);
	sim_run(f.sim);
	assert_int_equal(findings(f.sim, "deadlock", 1), 1);
	sim_destroy(f.sim);
}

static void locks_twice(struct task *me, void *arg)
{
	struct fix *f = arg;

	mutex_lock(me, &f->a);
	mutex_lock(me, &f->a);
}

static void recursion_is_a_deadlock_of_one(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f;

	setup(&f, &cfg);
	spawn(f.sim, "x", locks_twice, &f);
	sim_run(f.sim);
	assert_int_equal(findings(f.sim, "deadlock", 1), 1);
	assert_non_null(strstr(first_finding(f.sim, "deadlock"), "recursive locking"));
	sim_destroy(f.sim);
}

static void reads_twice(struct task *me, void *arg)
{
	struct fix *f = arg;

	down_read(me, &f->sem);
	sim_cost(me, 10 * NSEC_PER_MS);
	down_read(me, &f->sem);
	up_read(me, &f->sem);
	up_read(me, &f->sem);
	f->done++;
}

static void writes_between(struct task *me, void *arg)
{
	struct fix *f = arg;

	sim_cost(me, 100);
	down_write(me, &f->sem);
	up_write(me, &f->sem);
	f->done++;
}

/* A queued writer that has asked for handoff stops the second read lock of the same task. */
static void nested_readers_with_a_writer_between(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f;

	setup(&f, &cfg);
	spawn(f.sim, "other", reads_twice, &f);
	spawn(f.sim, "reader", reads_twice, &f);
	spawn(f.sim, "writer", writes_between, &f);
	sim_run(f.sim);
	/* both readers own it, so neither may steal past the writer, who waits for both */
	assert_int_equal(f.done, 0);
	assert_int_equal(findings(f.sim, "deadlock", 2), 2);
	assert_non_null(strstr(first_finding(f.sim, "deadlock"), "recursive read lock"));
	sim_destroy(f.sim);
	/* and without a writer it is nothing */
	setup(&f, &cfg);
	spawn(f.sim, "other", reads_twice, &f);
	spawn(f.sim, "reader", reads_twice, &f);
	sim_run(f.sim);
	assert_int_equal(f.done, 2);
	assert_int_equal(f.sim->nr_findings, 0);
	sim_destroy(f.sim);
}

static void awaits_flag(struct task *me, void *arg)
{
	struct fix *f = arg;

	SIM_FRAME(me);
	wait_event(me, &f->wq, f->flag);
	f->done++;
}

static void sets_flag(struct task *me, void *arg)
{
	struct fix *f = arg;

	sim_cost(me, 500);
	f->flag = true;
	wake_up_all(me, &f->wq);
}

static void sets_flag_and_tells_nobody(struct task *me, void *arg)
{
	struct fix *f = arg;

	sim_cost(me, 500);
	f->flag = true;
}

static void lost_wakeup_is_found(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f;

	setup(&f, &cfg);
	spawn(f.sim, "waiter", awaits_flag, &f);
	spawn(f.sim, "waker", sets_flag_and_tells_nobody, &f);
	sim_run(f.sim);
	assert_int_equal(f.done, 0);
	assert_int_equal(findings(f.sim, "deadlock", 1), 1);
	assert_non_null(strstr(first_finding(f.sim, "deadlock"), "lost wake-up"));
	assert_non_null(strstr(first_finding(f.sim, "deadlock"), "awaits_flag"));
	sim_destroy(f.sim);
	setup(&f, &cfg);
	spawn(f.sim, "waiter", awaits_flag, &f);
	spawn(f.sim, "waker", sets_flag, &f);
	sim_run(f.sim);
	assert_int_equal(f.done, 1);
	assert_int_equal(f.sim->nr_findings, 0);
	sim_destroy(f.sim);
}

static void exits_with_lock(struct task *me, void *arg)
{
	struct fix *f = arg;

	mutex_lock(me, &f->a);
}

static void wants_a(struct task *me, void *arg)
{
	struct fix *f = arg;

	sim_cost(me, 10);
	mutex_lock(me, &f->a);
	mutex_unlock(me, &f->a);
}

static void lock_of_the_dead(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f;

	setup(&f, &cfg);
	spawn(f.sim, "gone", exits_with_lock, &f);
	spawn(f.sim, "x", wants_a, &f);
	spawn(f.sim, "y", wants_a, &f);
	sim_run(f.sim);
	/* both are stuck for the same reason; the holder's sin is a finding of its own */
	assert_int_equal(findings(f.sim, "deadlock", 2), 2);
	assert_non_null(strstr(first_finding(f.sim, "deadlock"), "gone/0 (exited)"));
	assert_int_equal(findings(f.sim, "lock-order", 1), 1);
	sim_destroy(f.sim);
}

static void daemon_waits(struct task *me, void *arg)
{
	struct fix *f = arg;

	wait_event(me, &f->wq, f->flag);
}

static void idle_daemons_are_no_deadlock(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f;

	setup(&f, &cfg);
	spawn(f.sim, "kworker", daemon_waits, &f)->daemon = true;
	spawn(f.sim, "x", takes_ab, &f);
	sim_run(f.sim);
	assert_int_equal(f.sim->nr_findings, 0);
	assert_false(f.sim->stopped);
	sim_destroy(f.sim);
}

static void comes_to_life_now_and_then(struct task *me, void *arg)
{
	for (;;)
		sim_sleep(me, NSEC_PER_SEC);
}

/* Its tasks hang; that something ticks in the background does not keep the run going. */
static void busy_daemons_do_not_hide_a_hang(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f;

	setup(&f, &cfg);
	spawn(f.sim, "ticker", comes_to_life_now_and_then, &f)->daemon = true;
	spawn(f.sim, "waiter", awaits_flag, &f);
	spawn(f.sim, "waker", sets_flag_and_tells_nobody, &f);
	sim_run(f.sim);
	assert_true(f.sim->stopped);
	assert_int_equal(findings(f.sim, "deadlock", 1), 1);
	sim_destroy(f.sim);
}

static void holds_a_waits_a_while(struct task *me, void *arg)
{
	struct fix *f = arg;

	mutex_lock(me, &f->a);
	sim_cost(me, 100);
	lock_contended(me, &f->b.dep_map, LOCK_WRITE);
	while (sim_park(me, PARK_SLEEP, 5000) != -ETIME)
		;
	lock_wait_abort(me, &f->b.dep_map, -ETIME);
	mutex_unlock(me, &f->a);
	f->done++;
}

static void a_wait_with_a_deadline_is_no_deadlock(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f;

	setup(&f, &cfg);
	spawn(f.sim, "x", holds_a_waits_a_while, &f);
	spawn(f.sim, "y", takes_ba, &f);
	sim_run(f.sim);
	assert_int_equal(f.done, 2);
	assert_int_equal(f.sim->nr_findings, 0);
	sim_destroy(f.sim);
}

static void reader_wants_a(struct task *me, void *arg)
{
	struct fix *f = arg;

	rcu_read_lock(me);
	sim_cost(me, 100);
	mutex_lock(me, &f->a); /* sleeping in a read-side section: a finding of its own */
	mutex_unlock(me, &f->a);
	rcu_read_unlock(me);
}

static void synchronizes_under_a(struct task *me, void *arg)
{
	struct fix *f = arg;

	mutex_lock(me, &f->a);
	sim_cost(me, 50);
	synchronize_rcu(me);
	mutex_unlock(me, &f->a);
}

static void grace_periods_are_in_the_graph(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f;

	setup(&f, &cfg);
	spawn(f.sim, "reader", reader_wants_a, &f);
	spawn(f.sim, "updater", synchronizes_under_a, &f);
	sim_run(f.sim);
	assert_int_equal(findings(f.sim, "deadlock", 1), 1);
	assert_non_null(strstr(first_finding(f.sim, "deadlock"), "waits for rcu#"));
	sim_destroy(f.sim);
}

static void synchronizes_in_reader(struct task *me, void *arg)
{
	rcu_read_lock(me);
	synchronize_rcu(me);
	rcu_read_unlock(me);
}

static void grace_period_inside_a_section(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f;

	setup(&f, &cfg);
	spawn(f.sim, "x", synchronizes_in_reader, &f);
	sim_run(f.sim);
	assert_int_equal(findings(f.sim, "deadlock", 1), 1);
	assert_int_equal(findings(f.sim, "lock-order", 1), 1);
	sim_destroy(f.sim);
}

static bool everybody(const struct task *t, void *arg)
{
	return true;
}

static void kicks_under_spinlock(struct task *me, void *arg)
{
	struct fix *f = arg;

	spin_lock(me, &f->spin);
	sim_cost(me, 100);
	sim_ipi(me, everybody, NULL, (struct ipi_cost){.latency_ns = 10, .handler_ns = 10});
	spin_unlock(me, &f->spin);
	f->done++;
}

static void spins_with_irqs_off(struct task *me, void *arg)
{
	struct fix *f = arg;

	sim_cost(me, 50);
	spin_lock_irq(me, &f->spin);
	spin_unlock_irq(me, &f->spin);
	f->done++;
}

static void spins_with_irqs_on(struct task *me, void *arg)
{
	struct fix *f = arg;

	sim_cost(me, 50);
	spin_lock(me, &f->spin);
	spin_unlock(me, &f->spin);
	f->done++;
}

static void ipi_acks_are_in_the_graph(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f;

	setup(&f, &cfg);
	spawn(f.sim, "sender", kicks_under_spinlock, &f);
	spawn(f.sim, "target", spins_with_irqs_off, &f);
	sim_run(f.sim);
	assert_int_equal(findings(f.sim, "deadlock", 1), 1);
	assert_non_null(strstr(first_finding(f.sim, "deadlock"), "csd_lock_wait"));
	sim_destroy(f.sim);
	setup(&f, &cfg);
	spawn(f.sim, "sender", kicks_under_spinlock, &f);
	spawn(f.sim, "target", spins_with_irqs_on, &f);
	sim_run(f.sim);
	assert_int_equal(f.done, 2);
	assert_int_equal(f.sim->nr_findings, 0);
	sim_destroy(f.sim);
}

static void spins_for_flag(struct task *me, void *arg)
{
	struct fix *f = arg;

	SIM_FRAME(me);
	preempt_disable(me);
	lock_contended(me, &f->a.dep_map, LOCK_WRITE);
	while (!f->flag)
		sim_park(me, PARK_SPIN, SIM_NS_MAX);
	lock_wait_abort(me, &f->a.dep_map, 0);
	preempt_enable(me);
}

static void preempted_holder(struct task *me, void *arg)
{
	struct fix *f = arg;

	mutex_lock(me, &f->a);
	sim_sleep(me, 1000);
	f->flag = true;
	sim_unpark(me, f->sleeper);
	mutex_unlock(me, &f->a);
}

/* The spinner keeps the only CPU on which the holder could let go. */
static void a_spinner_starves_the_holder(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f;

	for (u32 cpus = 1; cpus <= 2; cpus++) {
		cfg.preempt = PREEMPT_FULL;
		cfg.nr_cpus = cpus;
		setup(&f, &cfg);
		spawn(f.sim, "holder", preempted_holder, &f);
		f.sleeper = spawn(f.sim, "spinner", spins_for_flag, &f);
		sim_run(f.sim);
		assert_int_equal(findings(f.sim, "deadlock", cpus == 1), cpus == 1);
		if (cpus == 1)
			assert_non_null(strstr(first_finding(f.sim, "deadlock"),
					       "task holder/0 is runnable in holder: "
					       "waits for CPU 0; held by spinner/1"));
		sim_destroy(f.sim);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inversion_is_found_in_time_order),
		cmocka_unit_test(same_order_is_silent),
		cmocka_unit_test(inversion_under_random_schedules),
		cmocka_unit_test(three_in_a_ring),
		cmocka_unit_test(partial_deadlock_is_found_while_others_run),
		cmocka_unit_test(deadlock_in_a_crowd),
		cmocka_unit_test(recursion_is_a_deadlock_of_one),
		cmocka_unit_test(nested_readers_with_a_writer_between),
		cmocka_unit_test(lost_wakeup_is_found),
		cmocka_unit_test(lock_of_the_dead),
		cmocka_unit_test(idle_daemons_are_no_deadlock),
		cmocka_unit_test(busy_daemons_do_not_hide_a_hang),
		cmocka_unit_test(a_wait_with_a_deadline_is_no_deadlock),
		cmocka_unit_test(grace_periods_are_in_the_graph),
		cmocka_unit_test(grace_period_inside_a_section),
		cmocka_unit_test(ipi_acks_are_in_the_graph),
		cmocka_unit_test(a_spinner_starves_the_holder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
