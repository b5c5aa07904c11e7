// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_virtual_random.c - the random scheduler: every interleaving, one clock, no CPU in the way.
 */
#include "simtest.h"
#include "sim/mutex.h"

struct fix {
	struct sim *sim;
	struct task *peer;
	u32 trace; /* who did what, in order, base 4 */
	u32 n;
	sim_ns at_ns[8];
	sim_ns last_ns;
	bool back;
	int ret;
};

static void two_steps(struct task *me, void *arg)
{
	struct fix *f = arg;

	for (u32 i = 0; i < 2; i++) {
		sim_point(me, 1, SIM_WRITE);
		f->trace = f->trace * 4 + me->id;
	}
}

/* 4!/(2! 2!) orders of two steps each; all must come up, about equally often at the first step. */
static void all_interleavings_occur(void **state)
{
	u32 count[256] = { 0 }, distinct = 0, zero_first = 0;

	for (u64 seed = 0; seed < 2000; seed++) {
		struct sim_config cfg = test_config(SCHED_RANDOM);
		struct fix f = { 0 };

		cfg.seed = seed;
		f.sim = test_sim(&cfg);
		spawn(f.sim, "a", two_steps, &f);
		spawn(f.sim, "b", two_steps, &f);
		sim_run(f.sim);
		assert_true(f.trace < ARRAY_SIZE(count));
		distinct += count[f.trace]++ == 0;
		zero_first += f.trace >> 6 == 0;
		sim_destroy(f.sim);
	}
	assert_int_equal(distinct, 6);
	assert_in_range(zero_first, 900, 1100);
	for (u32 i = 0; i < ARRAY_SIZE(count); i++)
		assert_true(count[i] == 0 || count[i] > 100);
}

static void spends(struct task *me, void *arg)
{
	struct fix *f = arg;

	for (u32 i = 0; i < 100; i++) {
		sim_point(me, 1, SIM_WRITE);
		f->back |= me->clock_ns < f->last_ns;
		sim_cost(me, 7);
		f->last_ns = me->clock_ns;
	}
	f->n++;
}

static void one_clock_for_all(void **state)
{
	struct sim_config cfg = test_config(SCHED_RANDOM);
	struct fix f = { 0 };

	cfg.nr_cpus = 1; /* does not matter */
	f.sim = test_sim(&cfg);
	for (u32 i = 0; i < 5; i++)
		spawn_on(f.sim, "t", 0, spends, &f);
	sim_run(f.sim);
	assert_int_equal(f.n, 5);
	assert_false(f.back);
	assert_int_equal(f.sim->end_ns, 5 * 100 * 7);
	assert_int_equal(f.sim->points, 500);
	sim_destroy(f.sim);
}

static void sleeps(struct task *me, void *arg)
{
	struct fix *f = arg;

	sim_sleep_until(me, 1000 * (me->id + 1));
	f->at_ns[me->id] = me->clock_ns;
	f->n++;
}

/* Nobody runs: the clock jumps from timer to timer. */
static void timers_fire_in_order_when_nobody_runs(void **state)
{
	struct sim_config cfg = test_config(SCHED_RANDOM);
	struct fix f = { 0 };

	f.sim = test_sim(&cfg);
	for (u32 i = 0; i < 5; i++)
		spawn(f.sim, "t", sleeps, &f);
	sim_run(f.sim);
	for (u32 i = 0; i < 5; i++)
		assert_int_equal(f.at_ns[i], 1000 * (i + 1));
	assert_int_equal(f.sim->end_ns, 5000);
	sim_destroy(f.sim);
}

static void works(struct task *me, void *arg)
{
	for (u32 i = 0; i < 100; i++) {
		sim_point(me, 1, SIM_WRITE);
		sim_cost(me, 100);
	}
}

static void timers_fire_not_before_their_time(void **state)
{
	for (u64 seed = 0; seed < 50; seed++) {
		struct sim_config cfg = test_config(SCHED_RANDOM);
		struct fix f = { 0 };

		cfg.seed = seed;
		f.sim = test_sim(&cfg);
		for (u32 i = 0; i < 3; i++)
			spawn(f.sim, "t", sleeps, &f);
		spawn(f.sim, "worker", works, &f);
		sim_run(f.sim);
		for (u32 i = 0; i < 3; i++)
			assert_in_range(f.at_ns[i], 1000 * (i + 1), 10000);
		sim_destroy(f.sim);
	}
}

static void owner(struct task *me, void *arg)
{
	for (u32 i = 0; i < 10; i++) {
		sim_point(me, 1, SIM_WRITE);
		sim_cost(me, 10);
	}
	sim_sleep(me, 1000);
}

static void spins_on_owner(struct task *me, void *arg)
{
	struct fix *f = arg;

	f->ret = sim_spin_on_owner(me, f->peer, SIM_NS_MAX);
	f->n = task_on_cpu(f->peer);
}

static void spinning_ends_when_the_owner_sleeps(void **state)
{
	for (u64 seed = 0; seed < 50; seed++) {
		struct sim_config cfg = test_config(SCHED_RANDOM);
		struct fix f = { 0 };

		cfg.seed = seed;
		f.sim = test_sim(&cfg);
		f.peer = spawn(f.sim, "owner", owner, &f);
		spawn(f.sim, "spinner", spins_on_owner, &f);
		sim_run(f.sim);
		assert_int_equal(f.ret, -ESRCH);
		assert_int_equal(f.n, 0);
		assert_int_equal(f.sim->nr_findings, 0);
		sim_destroy(f.sim);
	}
}

static void increments(struct task *me, void *arg)
{
	struct fix *f = arg;
	u32 v;

	sim_point(me, 1, SIM_READ);
	v = f->n;
	sim_point(me, 1, SIM_WRITE);
	f->n = v + 1;
}

/* The lost update, the hello world of race hunting. */
static void lost_updates_are_reachable(void **state)
{
	u32 lost = 0;

	for (u64 seed = 0; seed < 100; seed++) {
		struct sim_config cfg = test_config(SCHED_RANDOM);
		struct fix f = { 0 };

		cfg.seed = seed;
		f.sim = test_sim(&cfg);
		spawn(f.sim, "a", increments, &f);
		spawn(f.sim, "b", increments, &f);
		sim_run(f.sim);
		lost += f.n == 1;
		assert_in_range(f.n, 1, 2);
		sim_destroy(f.sim);
	}
	assert_in_range(lost, 20, 90);
}

/* Decisions after releases are asked for only with all points. */
static void releases(struct task *me, void *arg)
{
	for (u32 i = 0; i < 10; i++)
		sim_release_point(me, 1);
}

static void releases_decide_only_on_demand(void **state)
{
	for (u32 all = 0; all < 2; all++) {
		struct sim_config cfg = test_config(SCHED_RANDOM);
		struct fix f = { 0 };

		cfg.all_points = all;
		f.sim = test_sim(&cfg);
		spawn(f.sim, "a", releases, &f);
		spawn(f.sim, "b", releases, &f);
		sim_run(f.sim);
		assert_int_equal(f.sim->points, all ? 20 : 0);
		sim_destroy(f.sim);
	}
}

/* Successive simulations on one pool: the same results as each on its own. */
static void a_pool_changes_nothing(void **state)
{
	struct sim_pool *pool = sim_pool_create();

	for (u64 seed = 0; seed < 100; seed++) {
		u64 fingerprint[2];

		for (u32 k = 0; k < 2; k++) {
			struct sim_config cfg = test_config(SCHED_RANDOM);
			struct fix f = { 0 };

			cfg.seed = seed;
			cfg.pool = k ? pool : NULL;
			f.sim = test_sim(&cfg);
			spawn(f.sim, "a", spends, &f);
			spawn(f.sim, "b", sleeps, &f);
			spawn(f.sim, "c", two_steps, &f);
			sim_run(f.sim);
			fingerprint[k] = f.sim->fingerprint ^ f.trace ^ f.at_ns[1];
			sim_destroy(f.sim);
		}
		assert_int_equal(fingerprint[0], fingerprint[1]);
	}
	sim_pool_destroy(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_interleavings_occur),
		cmocka_unit_test(one_clock_for_all),
		cmocka_unit_test(timers_fire_in_order_when_nobody_runs),
		cmocka_unit_test(timers_fire_not_before_their_time),
		cmocka_unit_test(spinning_ends_when_the_owner_sleeps),
		cmocka_unit_test(lost_updates_are_reachable),
		cmocka_unit_test(releases_decide_only_on_demand),
		cmocka_unit_test(a_pool_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
