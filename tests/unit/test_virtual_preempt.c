// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_virtual_preempt.c - who gets the CPU when: the four preemption models, slices, spinners.
 *
 * HZ is 250: a tick each 4 ms.  A hog runs from time 0 on CPU 0; a sleeper pinned there wakes up
 * at 1 ms and notes when it gets the CPU.  All costs of switching are 0 unless a test says so.
 */
#include "simtest.h"

#define MS NSEC_PER_MS

struct fix {
	struct sim *sim;
	void (*chunk)(struct task *me); /* 5 ms of the hog's work */
	sim_ns ran_at_ns;
	sim_ns hog_end_ns;
	sim_ns half_ns;
	struct task *peer;
	int ret;
};

static void kernel_chunk(struct task *me)
{
	sim_cost(me, 5 * MS);
}

static void resched_chunk(struct task *me)
{
	sim_cost(me, 5 * MS);
	cond_resched(me);
}

static void might_sleep_chunk(struct task *me)
{
	sim_cost(me, 5 * MS);
	might_sleep(me);
}

static void user_chunk(struct task *me)
{
	sim_compute(me, 5 * MS);
}

static void atomic_chunk(struct task *me)
{
	preempt_disable(me);
	sim_cost(me, 5 * MS);
	preempt_enable(me);
}

static void irqs_off_chunk(struct task *me)
{
	local_irq_disable(me);
	sim_cost(me, 5 * MS);
	local_irq_enable(me);
}

static void op_chunk(struct task *me)
{
	sim_op_begin(me, "chunk");
	sim_cost(me, 5 * MS);
	sim_op_end(me, 0);
}

static void hog(struct task *me, void *arg)
{
	struct fix *f = arg;

	for (u32 i = 0; i < 10; i++)
		f->chunk(me);
	f->hog_end_ns = me->clock_ns;
}

/* A moment at which the hog has had its slice (3 ms) and the next tick (4 ms) is still to come. */
#define WAKE_NS (3200 * NSEC_PER_US)

static void sleeper(struct task *me, void *arg)
{
	struct fix *f = arg;

	sim_sleep_until(me, WAKE_NS);
	f->ran_at_ns = me->clock_ns;
}

static sim_ns wakeup_served_at(enum preempt_model model, void (*chunk)(struct task *me))
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f = { .chunk = chunk };

	cfg.preempt = model;
	f.sim = test_sim(&cfg);
	spawn_on(f.sim, "sleeper", 0, sleeper, &f);
	spawn_on(f.sim, "hog", 0, hog, &f);
	sim_run(f.sim);
	assert_int_equal(f.hog_end_ns, 50 * MS); /* the sleeper's share is 0 */
	assert_int_equal(f.sim->nr_findings, 0);
	sim_destroy(f.sim);
	return f.ran_at_ns;
}

static void preemption_models_differ(void **state)
{
	static const struct {
		void (*chunk)(struct task *me);
		sim_ns at_ns[4]; /* none, voluntary, lazy, full */
	} want[] = {
		/* kernel code: to its end; to its end; a full tick after the request; at once */
		{ kernel_chunk, { 50 * MS, 50 * MS, 4 * MS, WAKE_NS } },
		{ resched_chunk, { 5 * MS, 5 * MS, 4 * MS, WAKE_NS } },
		{ might_sleep_chunk, { 50 * MS, 5 * MS, 4 * MS, WAKE_NS } },
		{ user_chunk, { WAKE_NS, WAKE_NS, WAKE_NS, WAKE_NS } },
		/* atomic: not before its end */
		{ atomic_chunk, { 50 * MS, 50 * MS, 5 * MS, 5 * MS } },
		{ irqs_off_chunk, { 50 * MS, 50 * MS, 5 * MS, 5 * MS } },
		/* the end of a system call is a preemption point in all models */
		{ op_chunk, { 5 * MS, 5 * MS, 4 * MS, WAKE_NS } },
	};

	for (u32 i = 0; i < ARRAY_SIZE(want); i++) {
		for (u32 m = 0; m < 4; m++) {
			sim_ns at_ns = wakeup_served_at((enum preempt_model)m, want[i].chunk);

			if (at_ns != want[i].at_ns[m])
				fail_msg("case %u, model %u: %llu ns", i, m,
					 (unsigned long long)at_ns);
		}
	}
}

/* Two hogs, equal claims: each has half of the CPU, in slices of about a tick. */
static void computes(struct task *me, void *arg)
{
	struct fix *f = arg;

	sim_compute(me, 50 * MS);
	f->half_ns = me->clock_ns;
	sim_compute(me, 50 * MS);
	f->hog_end_ns = me->clock_ns;
}

static void slices_share_a_cpu(void **state)
{
	for (u32 m = 0; m < 4; m++) {
		struct sim_config cfg = test_config(SCHED_FIFO);
		struct fix f[2] = { { 0 } };
		struct sim *sim;

		cfg.preempt = (enum preempt_model)m;
		sim = test_sim(&cfg);
		spawn_on(sim, "a", 0, computes, &f[0]);
		spawn_on(sim, "b", 0, computes, &f[1]);
		sim_run(sim);
		for (u32 i = 0; i < 2; i++) {
			assert_in_range(f[i].half_ns, 92 * MS, 108 * MS);
			assert_in_range(f[i].hog_end_ns, 184 * MS, 200 * MS);
		}
		assert_int_equal(sim->end_ns, 200 * MS);
		sim_destroy(sim);
	}
}

/* A kernel without preemption: two loops in the kernel do not share, they follow each other. */
static void kernel_loop(struct task *me, void *arg)
{
	struct fix *f = arg;

	for (u32 i = 0; i < 100; i++)
		sim_cost(me, 1 * MS);
	f->hog_end_ns = me->clock_ns;
}

static void kernel_loops_without_preemption_run_in_turn(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f[2] = { { 0 } };
	struct sim *sim;

	cfg.preempt = PREEMPT_NONE;
	sim = test_sim(&cfg);
	spawn_on(sim, "a", 0, kernel_loop, &f[0]);
	spawn_on(sim, "b", 0, kernel_loop, &f[1]);
	sim_run(sim);
	assert_int_equal(f[0].hog_end_ns, 100 * MS);
	assert_int_equal(f[1].hog_end_ns, 200 * MS);
	sim_destroy(sim);
}

/* Optimistic spinning ends when somebody else wants the CPU. */
static void opt_spinner(struct task *me, void *arg)
{
	struct fix *f = arg;

	f->ret = sim_park(me, PARK_SPIN_OPT, SIM_NS_MAX);
	f->ran_at_ns = me->clock_ns;
}

static void wakes_early(struct task *me, void *arg)
{
	sim_sleep_until(me, WAKE_NS);
}

static void optimistic_spinner_yields_to_need_resched(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f = { 0 };

	cfg.preempt = PREEMPT_FULL;
	f.sim = test_sim(&cfg);
	spawn_on(f.sim, "waker", 0, wakes_early, &f);
	spawn_on(f.sim, "spinner", 0, opt_spinner, &f);
	sim_run(f.sim);
	assert_int_equal(f.ret, -EAGAIN);
	assert_int_equal(f.ran_at_ns, WAKE_NS);
	sim_destroy(f.sim);
}

/* A vCPU that spins in its guest is no obstacle to anybody, whatever the host's kernel. */
static void guest_spinner(struct task *me, void *arg)
{
	struct fix *f = arg;

	me->in_guest = true;
	f->ret = sim_park(me, PARK_SPIN, 20 * MS);
	me->in_guest = false;
	f->hog_end_ns = me->clock_ns;
}

static void guest_opt_spinner(struct task *me, void *arg)
{
	me->in_guest = true;
	opt_spinner(me, arg);
	me->in_guest = false;
}

static void wakes_and_works(struct task *me, void *arg)
{
	struct fix *f = arg;

	sim_sleep_until(me, WAKE_NS);
	f->half_ns = me->clock_ns;
	sim_cost(me, 2 * MS);
}

static void guests_that_spin_can_be_preempted(void **state)
{
	for (u32 m = 0; m < 4; m++) {
		struct sim_config cfg = test_config(SCHED_FIFO);
		struct fix f = { 0 };

		cfg.preempt = (enum preempt_model)m;
		f.sim = test_sim(&cfg);
		spawn_on(f.sim, "worker", 0, wakes_and_works, &f);
		spawn_on(f.sim, "vcpu", 0, guest_spinner, &f);
		sim_run(f.sim);
		assert_int_equal(f.half_ns, WAKE_NS);
		assert_int_equal(f.ret, -ETIME);
		assert_int_equal(f.hog_end_ns, 20 * MS);
		sim_destroy(f.sim);
		f.sim = test_sim(&cfg);
		spawn_on(f.sim, "worker", 0, wakes_and_works, &f);
		spawn_on(f.sim, "vcpu", 0, guest_opt_spinner, &f);
		sim_run(f.sim);
		assert_int_equal(f.ret, -EAGAIN);
		assert_int_equal(f.ran_at_ns, WAKE_NS);
		sim_destroy(f.sim);
	}
}

static void owner_sleeps_at_2ms(struct task *me, void *arg)
{
	sim_cost(me, 2 * MS);
	sim_sleep(me, 5 * MS);
}

static void spins_on_peer(struct task *me, void *arg)
{
	struct fix *f = arg;

	f->ret = sim_spin_on_owner(me, f->peer, SIM_NS_MAX);
	f->ran_at_ns = me->clock_ns;
	/* it sleeps now: not worth a moment */
	if (sim_spin_on_owner(me, f->peer, SIM_NS_MAX) != -ESRCH || me->clock_ns != f->ran_at_ns)
		f->ret = 1;
}

static void spinning_ends_when_the_owner_sleeps(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f = { 0 };

	f.sim = test_sim(&cfg);
	f.peer = spawn_on(f.sim, "owner", 0, owner_sleeps_at_2ms, &f);
	spawn_on(f.sim, "spinner", 1, spins_on_peer, &f);
	sim_run(f.sim);
	assert_int_equal(f.ret, -ESRCH);
	assert_int_equal(f.ran_at_ns, 2 * MS);
	sim_destroy(f.sim);
}

static void owner_computes(struct task *me, void *arg)
{
	sim_cost(me, 20 * MS);
}

static void spins_once_on_peer(struct task *me, void *arg)
{
	struct fix *f = arg;

	f->ret = sim_spin_on_owner(me, f->peer, SIM_NS_MAX);
	f->ran_at_ns = me->clock_ns;
}

static void spinning_ends_when_the_owner_is_preempted(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f = { 0 };

	cfg.preempt = PREEMPT_FULL;
	f.sim = test_sim(&cfg);
	spawn_on(f.sim, "waker", 0, wakes_early, &f);
	f.peer = spawn_on(f.sim, "owner", 0, owner_computes, &f);
	spawn_on(f.sim, "spinner", 1, spins_once_on_peer, &f);
	sim_run(f.sim);
	assert_int_equal(f.ret, -ESRCH);
	assert_int_equal(f.ran_at_ns, WAKE_NS);
	sim_destroy(f.sim);
}

static void spinning_ends_when_the_owner_exits(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f = { 0 };

	f.sim = test_sim(&cfg);
	f.peer = spawn_on(f.sim, "owner", 0, owner_computes, &f);
	spawn_on(f.sim, "spinner", 1, spins_once_on_peer, &f);
	sim_run(f.sim);
	assert_int_equal(f.ret, -ESRCH);
	assert_int_equal(f.ran_at_ns, 20 * MS);
	sim_destroy(f.sim);
}

static void spin_deadline_on_owner(struct task *me, void *arg)
{
	struct fix *f = arg;

	f->ret = sim_spin_on_owner(me, f->peer, 3 * MS);
	f->ran_at_ns = me->clock_ns;
}

static void spinning_on_an_owner_can_time_out(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f = { 0 };

	f.sim = test_sim(&cfg);
	f.peer = spawn_on(f.sim, "owner", 0, owner_computes, &f);
	spawn_on(f.sim, "spinner", 1, spin_deadline_on_owner, &f);
	sim_run(f.sim);
	assert_int_equal(f.ret, -ETIME);
	assert_int_equal(f.ran_at_ns, 3 * MS);
	sim_destroy(f.sim);
}

/*
 * A lock holder that is preempted keeps everybody waiting who spins on another CPU: the hold lasts
 * as long as the intruder's time, not as long as its own.
 */
static void holder(struct task *me, void *arg)
{
	struct fix *f = arg;

	sim_cost(me, WAKE_NS + 600 * NSEC_PER_US);
	sim_unpark(me, f->peer);
}

static void intruder(struct task *me, void *arg)
{
	sim_sleep_until(me, WAKE_NS);
	sim_cost(me, 2 * MS);
}

static void spins(struct task *me, void *arg)
{
	struct fix *f = arg;

	preempt_disable(me);
	f->ret = sim_park(me, PARK_SPIN, SIM_NS_MAX);
	f->ran_at_ns = me->clock_ns;
	preempt_enable(me);
}

static void preempted_holder_prolongs_the_spin(void **state)
{
	/* lazy: the holder is done by the tick */
	static const sim_ns want_us[4] = { 3800, 3800, 3800, 5800 };

	for (u32 m = 0; m < 4; m++) {
		struct sim_config cfg = test_config(SCHED_FIFO);
		struct fix f = { 0 };

		cfg.preempt = (enum preempt_model)m;
		f.sim = test_sim(&cfg);
		spawn_on(f.sim, "intruder", 0, intruder, &f);
		spawn_on(f.sim, "holder", 0, holder, &f);
		f.peer = spawn_on(f.sim, "spinner", 1, spins, &f);
		sim_run(f.sim);
		assert_int_equal(f.ret, 0);
		assert_int_equal(f.ran_at_ns, want_us[m] * NSEC_PER_US);
		sim_destroy(f.sim);
	}
}

/* The one that executes wakes somebody with a better claim to its own CPU. */
static void wakes_peer(struct task *me, void *arg)
{
	struct fix *f = arg;

	sim_cost(me, 10 * MS);
	sim_unpark(me, f->peer);
	sim_cost(me, 10 * MS);
	f->hog_end_ns = me->clock_ns;
}

static void parked(struct task *me, void *arg)
{
	struct fix *f = arg;

	sim_park(me, PARK_SLEEP, SIM_NS_MAX);
	f->ran_at_ns = me->clock_ns;
	sim_cost(me, 1 * MS);
}

static void waking_on_the_own_cpu_preempts(void **state)
{
	static const sim_ns want_ms[4] = { 20, 20, 12, 10 };

	for (u32 m = 0; m < 4; m++) {
		struct sim_config cfg = test_config(SCHED_FIFO);
		struct fix f = { 0 };

		cfg.preempt = (enum preempt_model)m;
		f.sim = test_sim(&cfg);
		f.peer = spawn_on(f.sim, "parked", 0, parked, &f);
		spawn_on(f.sim, "waker", 0, wakes_peer, &f);
		sim_run(f.sim);
		assert_int_equal(f.ran_at_ns, want_ms[m] * MS);
		assert_int_equal(f.hog_end_ns, (m < 2 ? 20 : 21) * MS);
		sim_destroy(f.sim);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(preemption_models_differ),
		cmocka_unit_test(slices_share_a_cpu),
		cmocka_unit_test(kernel_loops_without_preemption_run_in_turn),
		cmocka_unit_test(optimistic_spinner_yields_to_need_resched),
		cmocka_unit_test(guests_that_spin_can_be_preempted),
		cmocka_unit_test(spinning_ends_when_the_owner_sleeps),
		cmocka_unit_test(spinning_ends_when_the_owner_is_preempted),
		cmocka_unit_test(spinning_ends_when_the_owner_exits),
		cmocka_unit_test(spinning_on_an_owner_can_time_out),
		cmocka_unit_test(preempted_holder_prolongs_the_spin),
		cmocka_unit_test(waking_on_the_own_cpu_preempts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
