// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_virtual_rcu.c - grace periods and IPIs of the virtual engine.
 */
#include "simtest.h"
#include "sim/rcu.h"
#include "sim/spinlock.h"

struct fix {
	struct sim *sim;
	struct task *peer;
	struct sim_rcu_head head[3];
	struct sim_life life[64];
	struct sim_rcu_head life_head[64];
	u32 current;
	sim_ns at_ns[8];
	u32 sent;
	u32 called;
	bool seen_early;
	void (*target)(struct task *me);
};

/* Reads from @arg's start to end; at_ns[id] is when it left. */
static void reads_until(struct task *me, struct fix *f, sim_ns from_ns, sim_ns to_ns)
{
	sim_sleep_until(me, from_ns);
	rcu_read_lock(me);
	rcu_read_lock(me);
	rcu_read_unlock(me); /* the inner one ends nothing */
	sim_cost(me, to_ns - from_ns);
	rcu_read_unlock(me);
}

static void early_reader(struct task *me, void *arg)
{
	reads_until(me, arg, 100, 5000);
}

static void late_reader(struct task *me, void *arg)
{
	reads_until(me, arg, 2000, 90000);
}

static void synchronizes_at_1000(struct task *me, void *arg)
{
	struct fix *f = arg;

	sim_sleep_until(me, 1000);
	synchronize_rcu(me);
	f->at_ns[0] = me->clock_ns;
	synchronize_rcu(me);
	f->at_ns[1] = me->clock_ns;
	synchronize_rcu(me); /* nobody reads */
	f->at_ns[2] = me->clock_ns;
}

static void synchronize_waits_for_who_began_before(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f = { 0 };

	f.sim = test_sim(&cfg);
	spawn(f.sim, "early", early_reader, &f);
	spawn(f.sim, "late", late_reader, &f);
	spawn(f.sim, "updater", synchronizes_at_1000, &f);
	sim_run(f.sim);
	assert_int_equal(f.at_ns[0], 5000);  /* the early reader, not the late one */
	assert_int_equal(f.at_ns[1], 90000); /* the late one had begun by then */
	assert_int_equal(f.at_ns[2], 90000);
	assert_int_equal(f.sim->nr_findings, 0);
	sim_destroy(f.sim);
}

static void callback(struct sim *sim, struct sim_rcu_head *head)
{
	struct fix *f = sim->model;

	f->called |= 1u << (head - f->head);
}

static void calls_rcu(struct task *me, void *arg)
{
	struct fix *f = arg;

	call_rcu(me, &f->head[0], callback); /* nobody reads yet */
	f->at_ns[0] = f->called;
	sim_sleep_until(me, 1000);
	call_rcu(me, &f->head[1], callback); /* waits for the early reader */
	sim_sleep_until(me, 3000);
	call_rcu(me, &f->head[2], callback); /* for both */
	f->at_ns[1] = f->called;
	sim_sleep_until(me, 6000);
	f->at_ns[2] = f->called;
	sim_sleep_until(me, 89999);
	f->at_ns[3] = f->called;
	sim_sleep_until(me, 90001);
	f->at_ns[4] = f->called;
}

static void callbacks_run_after_their_grace_period(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f = { 0 };

	f.sim = test_sim(&cfg);
	f.sim->model = &f;
	spawn(f.sim, "early", early_reader, &f);
	spawn(f.sim, "late", late_reader, &f);
	spawn(f.sim, "updater", calls_rcu, &f);
	sim_run(f.sim);
	assert_int_equal(f.at_ns[0], 1);
	assert_int_equal(f.at_ns[1], 1);
	assert_int_equal(f.at_ns[2], 3);
	assert_int_equal(f.at_ns[3], 3);
	assert_int_equal(f.at_ns[4], 7);
	sim_destroy(f.sim);
}

static void reads_for_ever(struct task *me, void *arg)
{
	rcu_read_lock(me);
	sim_park(me, PARK_SLEEP, SIM_NS_MAX);
}

static void calls_once(struct task *me, void *arg)
{
	struct fix *f = arg;

	sim_sleep(me, 10);
	call_rcu(me, &f->head[0], callback);
	call_rcu(me, &f->head[1], callback);
}

static void barrier_at_rest_runs_the_rest(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f = { 0 };

	f.sim = test_sim(&cfg);
	f.sim->model = &f;
	spawn(f.sim, "reader", reads_for_ever, &f)->daemon = true;
	spawn(f.sim, "updater", calls_once, &f);
	sim_run(f.sim);
	assert_int_equal(f.called, 0);
	f.sim->ops->rcu_barrier(f.sim);
	assert_int_equal(f.called, 3);
	sim_destroy(f.sim);
}

static void end_of_life(struct sim *sim, struct sim_rcu_head *head)
{
	struct fix *f = sim->model;

	sim_life_end(&f->life[head - f->life_head]);
}

/* A reader looks the current object up and uses it for a while; the updater replaces it. */
static void uses_current(struct task *me, void *arg)
{
	struct fix *f = arg;

	for (u32 i = 0; i < 20; i++) {
		const struct sim_life *l;

		rcu_read_lock(me);
		sim_point(me, 7, SIM_READ);
		l = &f->life[f->current];
		sim_point(me, 7, SIM_READ);
		sim_life_check(me, l, "object");
		rcu_read_unlock(me);
	}
}

static void replaces_current(struct task *me, void *arg)
{
	struct fix *f = arg;

	for (u32 i = 0; i + 1 < ARRAY_SIZE(f->life); i++) {
		sim_life_begin(&f->life[i + 1]);
		sim_point(me, 7, SIM_WRITE);
		f->current = i + 1;
		if (i % 3 == 0) {
			synchronize_rcu(me);
			sim_life_end(&f->life[i]);
		} else {
			call_rcu(me, &f->life_head[i], end_of_life);
		}
	}
}

static void replaces_without_waiting(struct task *me, void *arg)
{
	struct fix *f = arg;

	for (u32 i = 0; i + 1 < ARRAY_SIZE(f->life); i++) {
		sim_life_begin(&f->life[i + 1]);
		sim_point(me, 7, SIM_WRITE);
		f->current = i + 1;
		sim_life_end(&f->life[i]);
	}
}

static u32 lifetime_findings(void (*updater)(struct task *me, void *arg))
{
	u32 runs = 0;

	for (u64 seed = 0; seed < 100; seed++) {
		struct sim_config cfg = test_config(SCHED_RANDOM);
		struct fix f = { 0 };

		cfg.seed = seed;
		f.sim = test_sim(&cfg);
		f.sim->model = &f;
		sim_life_begin(&f.life[0]);
		for (u32 i = 0; i < 3; i++)
			spawn(f.sim, "reader", uses_current, &f);
		spawn(f.sim, "updater", updater, &f);
		sim_run(f.sim);
		runs += sim_has_finding(f.sim, "lifetime");
		assert_false(sim_has_finding(f.sim, "deadlock"));
		sim_destroy(f.sim);
	}
	return runs;
}

static void readers_never_see_the_dead(void **state)
{
	assert_int_equal(lifetime_findings(replaces_current), 0);
	assert_true(lifetime_findings(replaces_without_waiting) > 50);
}

static bool everybody(const struct task *t, void *arg)
{
	return true;
}

static bool only_guests(const struct task *t, void *arg)
{
	return t->in_guest;
}

static const struct ipi_cost ipi_500_200 = {.latency_ns = 500, .handler_ns = 200};

static void sends_at_1000(struct task *me, void *arg)
{
	struct fix *f = arg;

	sim_sleep_until(me, 1000);
	f->sent = sim_ipi(me, everybody, NULL, ipi_500_200);
	f->at_ns[0] = me->clock_ns;
}

static void sends_to_guests_at_1000(struct task *me, void *arg)
{
	struct fix *f = arg;

	sim_sleep_until(me, 1000);
	f->sent = sim_ipi(me, only_guests, NULL, ipi_500_200);
	f->at_ns[0] = me->clock_ns;
}

/* Two targets, 300 ns to send to each: the handler begins when its CPU has been sent to. */
static void sends_one_after_the_other(struct task *me, void *arg)
{
	struct fix *f = arg;

	sim_sleep_until(me, 1000);
	f->sent = sim_ipi(me, everybody, NULL,
			  (struct ipi_cost){.latency_ns = 500, .cpu_ns = 300, .handler_ns = 200});
	f->at_ns[0] = me->clock_ns;
}

static void target_computes(struct task *me)
{
	sim_compute(me, 5000);
}

static void target_costs(struct task *me)
{
	sim_cost(me, 5000);
}

static void target_guest(struct task *me)
{
	me->in_guest = true;
	sim_compute(me, 5000);
	me->in_guest = false;
}

static void target_irqs_off(struct task *me)
{
	local_irq_disable(me);
	local_irq_disable(me);
	sim_cost(me, 4000);
	local_irq_enable(me);
	sim_cost(me, 500);
	local_irq_enable(me);
	sim_cost(me, 500);
}

static void target_sleeps(struct task *me)
{
	sim_sleep_until(me, 5000);
}

static void target_spins(struct task *me)
{
	preempt_disable(me);
	sim_park(me, PARK_SPIN, 5000);
	preempt_enable(me);
}

static void target_spins_shortly(struct task *me)
{
	preempt_disable(me);
	sim_park(me, PARK_SPIN, 1100); /* over in the middle of the handler */
	preempt_enable(me);
}

static void target(struct task *me, void *arg)
{
	struct fix *f = arg;

	f->target(me);
	f->at_ns[1] = me->clock_ns;
}

static void each_target_takes_its_time_to_send_to(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f = {.target = target_computes};

	f.sim = test_sim(&cfg);
	spawn(f.sim, "target", target, &f);
	spawn(f.sim, "other", target, &f);
	spawn(f.sim, "sender", sends_one_after_the_other, &f);
	sim_run(f.sim);
	assert_int_equal(f.sent, 2);
	assert_int_equal(f.at_ns[0], 1000 + 2 * 300 + 500);
	assert_int_equal(f.at_ns[1], 5200);
	sim_destroy(f.sim);
}

static void interrupts_cost_who_they_should(void **state)
{
	static const struct {
		void (*target)(struct task *me);
		void (*sender)(struct task *me, void *arg);
		u32 sent;
		sim_ns sender_ns, target_ns;
	} want[] = {
		{ target_computes, sends_at_1000, 1, 1500, 5200 },
		{ target_costs, sends_at_1000, 1, 1500, 5200 },
		{ target_guest, sends_to_guests_at_1000, 1, 1500, 5200 },
		{ target_computes, sends_to_guests_at_1000, 0, 1000, 5000 },
		/* acked when interrupts come on, at 4500, and handled in 200 */
		{ target_irqs_off, sends_at_1000, 1, 4700, 5200 },
		{ target_sleeps, sends_at_1000, 0, 1000, 5000 },
		{ target_spins, sends_at_1000, 1, 1500, 5000 },
		{ target_spins_shortly, sends_at_1000, 1, 1500, 1200 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(want); i++) {
		struct sim_config cfg = test_config(SCHED_FIFO);
		struct fix f = { .target = want[i].target };

		f.sim = test_sim(&cfg);
		spawn(f.sim, "target", target, &f);
		spawn(f.sim, "sender", want[i].sender, &f);
		sim_run(f.sim);
		assert_int_equal(f.sent, want[i].sent);
		if (f.at_ns[0] != want[i].sender_ns || f.at_ns[1] != want[i].target_ns)
			fail_msg("case %u: sender %llu, target %llu", i,
				 (unsigned long long)f.at_ns[0], (unsigned long long)f.at_ns[1]);
		assert_int_equal(f.sim->nr_findings, 0);
		sim_destroy(f.sim);
	}
}

static void crossing(struct task *me, void *arg)
{
	struct fix *f = arg;

	for (u32 i = 0; i < 50; i++) {
		f->sent += sim_ipi(me, everybody, NULL,
				   (struct ipi_cost){.latency_ns = 300, .handler_ns = 100});
		local_irq_disable(me);
		sim_cost(me, 250);
		sim_point(me, 1, SIM_WRITE);
		local_irq_enable(me);
	}
}

static void crossing_interrupts_do_not_deadlock(void **state)
{
	for (u32 s = 0; s < 2; s++) {
		for (u64 seed = 0; seed < 20; seed++) {
			struct sim_config cfg = test_config((enum sched_policy)s);
			struct fix f = { 0 };

			cfg.seed = seed;
			f.sim = test_sim(&cfg);
			for (u32 i = 0; i < 4; i++)
				spawn(f.sim, "t", crossing, &f);
			sim_run(f.sim);
			assert_int_equal(findings(f.sim, "deadlock", 0), 0);
			assert_int_equal(f.sim->nr_findings, 0);
			assert_true(f.sent > 100);
			sim_destroy(f.sim);
		}
	}
}

static void sends_with_irqs_off(struct task *me, void *arg)
{
	local_irq_disable(me);
	sim_ipi(me, everybody, NULL, (struct ipi_cost){.latency_ns = 10, .handler_ns = 10});
	local_irq_enable(me);
}

static void sending_with_interrupts_off_is_a_finding(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f = { 0 };

	f.sim = test_sim(&cfg);
	spawn(f.sim, "t", sends_with_irqs_off, &f);
	sim_run(f.sim);
	assert_int_equal(findings(f.sim, "lock-order", 1), 1);
	sim_destroy(f.sim);
}

static void unlocks_too_often(struct task *me, void *arg)
{
	rcu_read_lock(me);
	rcu_read_unlock(me);
	rcu_read_unlock(me);
}

static void unbalanced_rcu_is_a_finding(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f = { 0 };

	f.sim = test_sim(&cfg);
	spawn(f.sim, "t", unlocks_too_often, &f);
	sim_run(f.sim);
	assert_int_equal(findings(f.sim, "lock-order", 1), 1);
	sim_destroy(f.sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(synchronize_waits_for_who_began_before),
		cmocka_unit_test(callbacks_run_after_their_grace_period),
		cmocka_unit_test(barrier_at_rest_runs_the_rest),
		cmocka_unit_test(readers_never_see_the_dead),
		cmocka_unit_test(interrupts_cost_who_they_should),
		cmocka_unit_test(each_target_takes_its_time_to_send_to),
		cmocka_unit_test(crossing_interrupts_do_not_deadlock),
		cmocka_unit_test(sending_with_interrupts_off_is_a_finding),
		cmocka_unit_test(unbalanced_rcu_is_a_finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
