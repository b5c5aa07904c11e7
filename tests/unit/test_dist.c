// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_dist.c - cost distributions: quantiles, determinism down to the last nanosecond.
 */
#include "simtest.h"
#include "sim/dist.h"

#define NR_SAMPLES 50000

static int cmp_u64(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static u64 *samples(const struct sim_dist *d)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct sim *sim = test_sim(&cfg);
	u64 *v = malloc(NR_SAMPLES * sizeof(*v));

	for (u32 i = 0; i < NR_SAMPLES; i++)
		v[i] = sim_dist_sample(sim, d);
	qsort(v, NR_SAMPLES, sizeof(*v), cmp_u64);
	sim_destroy(sim);
	return v;
}

static void near(u64 got, u64 want, double tolerance)
{
	double d = (double)got - (double)want;

	if (d < 0)
		d = -d;
	if (d > tolerance * (double)want)
		fail_msg("%llu, expected about %llu", (unsigned long long)got,
			 (unsigned long long)want);
}

static void lognormal_has_its_quantiles(void **state)
{
	static const struct sim_dist dists[] = {
		{ DIST_LOGNORMAL, 1000, 5000 },
		{ DIST_LOGNORMAL, 250000, 260000 },
		{ DIST_LOGNORMAL, 3, 100000 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(dists); i++) {
		u64 *v = samples(&dists[i]);

		near(v[NR_SAMPLES / 2], dists[i].a_ns, 0.35 / (double)dists[i].a_ns + 0.03);
		near(v[NR_SAMPLES / 100 * 99], dists[i].b_ns, i == 2 ? 0.2 : 0.06);
		/* symmetric in the logarithm */
		if (i < 2)
			near(v[NR_SAMPLES / 100],
			     dists[i].a_ns * dists[i].a_ns / dists[i].b_ns, 0.06);
		free(v);
	}
}

static void uniform_stays_within_its_bounds(void **state)
{
	const struct sim_dist d = { DIST_UNIFORM, 100, 199 };
	const struct sim_dist wide = { DIST_UNIFORM, 5, 5 + (1ull << 40) };
	u64 *v = samples(&d);

	assert_int_equal(v[0], 100);
	assert_int_equal(v[NR_SAMPLES - 1], 199);
	near(v[NR_SAMPLES / 2], 150, 0.02);
	free(v);
	v = samples(&wide);
	assert_true(v[0] >= 5 && v[NR_SAMPLES - 1] <= 5 + (1ull << 40));
	near(v[NR_SAMPLES / 2], 1ull << 39, 0.02);
	free(v);
}

static void constant_draws_nothing(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	const struct sim_dist d = { DIST_CONST, 777, 0 };
	struct sim *sim;

	cfg.record_tape = true;
	sim = test_sim(&cfg);
	assert_int_equal(sim_dist_sample(sim, &d), 777);
	assert_int_equal(sim->tape.rec_len, 0);
	sim_destroy(sim);
}

static void degenerate_parameters_are_harmless(void **state)
{
	static const struct sim_dist dists[] = {
		{ DIST_LOGNORMAL, 0, 100 },   { DIST_LOGNORMAL, 100, 100 },
		{ DIST_LOGNORMAL, 100, 50 },  { DIST_UNIFORM, 100, 50 },
		{ DIST_LOGNORMAL, 1, 1ull << 62 },
	};
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct sim *sim = test_sim(&cfg);

	for (u32 i = 0; i < ARRAY_SIZE(dists); i++) {
		for (u32 k = 0; k < 1000; k++) {
			u64 v = sim_dist_sample(sim, &dists[i]);

			if (i < 4)
				assert_int_equal(v, dists[i].a_ns);
			else
				assert_true(v <= 1ull << 62);
		}
	}
	sim_destroy(sim);
}

/* The tape's extremes: quantiles 0 and 1 - 2^-53 must stay finite. */
static void extreme_draws_are_finite(void **state)
{
	static const struct choice low[] = { { 0, 0, CHOICE_VALUE }, { 0, 0, CHOICE_VALUE } };
	static const struct choice high[] = { { UINT32_MAX, 0, CHOICE_VALUE },
					      { UINT32_MAX, 0, CHOICE_VALUE } };
	const struct sim_dist d = { DIST_LOGNORMAL, 1000000, 5000000 };
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct sim *sim;
	u64 v;

	cfg.replay_len = 2;
	cfg.replay = low;
	sim = test_sim(&cfg);
	v = sim_dist_sample(sim, &d);
	assert_true(v > 0 && v < 100000);
	sim_destroy(sim);
	cfg.replay = high;
	sim = test_sim(&cfg);
	v = sim_dist_sample(sim, &d);
	assert_true(v > 5000000 && v < 1000000000);
	sim_destroy(sim);
}

/* Constants computed once; another machine, compiler or libm must give the same. */
static void golden_values(void **state)
{
	static const u64 want[] = { 915106566, 381670449,  968921956,
				    984955344, 1311051108, 790735979 };
	const struct sim_dist d = { DIST_LOGNORMAL, 1000000000, 4000000000 };
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct sim *sim;

	cfg.seed = 2026;
	sim = test_sim(&cfg);
	for (u32 i = 0; i < ARRAY_SIZE(want); i++)
		assert_int_equal(sim_dist_sample(sim, &d), want[i]);
	sim_destroy(sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lognormal_has_its_quantiles),
		cmocka_unit_test(uniform_stays_within_its_bounds),
		cmocka_unit_test(constant_draws_nothing),
		cmocka_unit_test(degenerate_parameters_are_harmless),
		cmocka_unit_test(extreme_draws_are_finite),
		cmocka_unit_test(golden_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
