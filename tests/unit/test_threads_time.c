// SPDX-License-Identifier: GPL-2.0-only
/*
 * tests/unit/test_threads_time.c - the real clock, and modelled costs in real time.
 *
 * The machine may be busy, so that anything may take longer; only lower bounds are tight.
 */
#include <time.h>

#include "tests/unit/threads_fixture.h"

struct rec {
	sim_ns took_ns, end_ns;
	sim_ns cost_ns, sleep_ns, until_ns;
	u64 nr;
	u64 real_ns;
	bool backwards;
};

static u64 monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * NSEC_PER_SEC + (u64)ts.tv_nsec;
}

static void compare_clocks(struct task *me, void *arg)
{
	struct rec *r = arg;
	u64 real = monotonic_ns();
	sim_ns start = sim_now(me), last = start;

	while (monotonic_ns() < real + 20 * NSEC_PER_MS) {
		sim_ns now = sim_now(me);

		r->backwards |= now < last;
		last = now;
	}
	r->took_ns = sim_now(me) - start;
	r->real_ns = monotonic_ns() - real;
}

static void test_clock(void **state)
{
	struct sim *sim = threads_sim(0);
	struct rec r = {};

	threads_task(sim, "a", compare_clocks, &r);
	sim_run(sim);
	assert_false(r.backwards);
	/* read one after the other, so the real interval encloses the simulated one */
	assert_true(r.took_ns <= r.real_ns + r.real_ns / 1000);
	assert_true(r.took_ns >= 20 * NSEC_PER_MS - 20 * NSEC_PER_US);
	assert_true(sim->end_ns >= r.took_ns);
	sim_destroy(sim);
}

static void spend(struct task *me, void *arg)
{
	struct rec *r = arg;
	sim_ns start = sim_now(me);

	for (u64 i = 0; i < r->nr; i++) {
		if (r->cost_ns)
			sim_cost(me, r->cost_ns);
		if (r->sleep_ns)
			sim_sleep(me, r->sleep_ns);
	}
	if (r->until_ns)
		sim_sleep_until(me, r->until_ns);
	r->end_ns = sim_now(me);
	r->took_ns = r->end_ns - start;
}

static struct rec spend_it(double scale, struct rec r)
{
	struct sim *sim = threads_sim(scale);

	threads_task(sim, "a", spend, &r);
	sim_run(sim);
	assert_int_equal(sim->nr_findings, 0);
	sim_destroy(sim);
	return r;
}

static sim_ns spent(double scale, struct rec r)
{
	return spend_it(scale, r).took_ns;
}

static void test_costs(void **state)
{
	struct rec hour = {.nr = 1, .cost_ns = 3600 * NSEC_PER_SEC};
	struct rec shorts = {.nr = 100, .cost_ns = 20 * NSEC_PER_US};
	struct rec longs = {.nr = 2, .cost_ns = 4 * NSEC_PER_MS};

	assert_in_range(spent(0, hour), 0, NSEC_PER_SEC);
	assert_in_range(spent(1e-9, hour), 0, NSEC_PER_SEC);
	assert_in_range(spent(1, shorts), 2 * NSEC_PER_MS, NSEC_PER_SEC);
	assert_in_range(spent(1, longs), 8 * NSEC_PER_MS, NSEC_PER_SEC);
	assert_in_range(spent(2, longs), 16 * NSEC_PER_MS, NSEC_PER_SEC);
	assert_in_range(spent(0.25, longs), 2 * NSEC_PER_MS, NSEC_PER_SEC);
}

static void test_sleeps(void **state)
{
	struct rec day = {.nr = 1, .sleep_ns = 86400 * NSEC_PER_SEC};
	struct rec some = {.nr = 4, .sleep_ns = NSEC_PER_MS};
	struct rec until = {.until_ns = 8 * NSEC_PER_MS};

	assert_in_range(spent(0, day), 0, NSEC_PER_SEC);
	assert_in_range(spent(1, some), 4 * NSEC_PER_MS, NSEC_PER_SEC);
	assert_in_range(spend_it(1, until).end_ns, 8 * NSEC_PER_MS, NSEC_PER_SEC);
	/* a time that is over */
	until.nr = 4;
	until.sleep_ns = NSEC_PER_MS;
	until.until_ns = 1;
	assert_in_range(spent(1, until), 4 * NSEC_PER_MS, NSEC_PER_SEC);
}

static void sleep_for_ever(struct task *me, void *arg)
{
	sim_sleep_until(me, SIM_NS_MAX - 1);
}

static void cost_for_ever(struct task *me, void *arg)
{
	sim_compute(me, SIM_NS_MAX - 1);
}

static void visible_for_ever(struct task *me, void *arg)
{
	for (;;)
		sim_point(me, 1, SIM_READ);
}

/* Whatever a task is at when the limit comes, the run ends; that is no finding. */
static void test_limit(void **state)
{
	struct sim_config cfg;
	struct sim *sim;

	sim_config_default(&cfg);
	cfg.engine = ENGINE_THREADS;
	cfg.cost_scale = 1;
	cfg.limit_ns = 10 * NSEC_PER_MS;
	sim = sim_create(&cfg);
	threads_task(sim, "sleeps", sleep_for_ever, NULL);
	threads_task(sim, "works", cost_for_ever, NULL);
	threads_task(sim, "looks", visible_for_ever, NULL);
	sim_run(sim);
	assert_true(sim->stopped);
	assert_in_range(sim->end_ns, 10 * NSEC_PER_MS, NSEC_PER_SEC);
	assert_int_equal(sim->nr_findings, 0);
	sim_destroy(sim);
}

/* Nor does a run wait for daemons. */
static void test_daemon(void **state)
{
	struct sim *sim = threads_sim(1);
	struct rec r = {.nr = 1, .sleep_ns = NSEC_PER_MS};

	threads_task(sim, "daemon", sleep_for_ever, NULL)->daemon = true;
	threads_task(sim, "daemon", visible_for_ever, NULL)->daemon = true;
	threads_task(sim, "a", spend, &r);
	sim_run(sim);
	assert_false(sim->stopped);
	assert_int_equal(sim->nr_findings, 0);
	assert_in_range(sim->end_ns, NSEC_PER_MS, NSEC_PER_SEC);
	sim_destroy(sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clock),  cmocka_unit_test(test_costs),
		cmocka_unit_test(test_sleeps), cmocka_unit_test(test_limit),
		cmocka_unit_test(test_daemon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
