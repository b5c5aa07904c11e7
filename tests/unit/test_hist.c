// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_hist.c - histograms against a sorted array, and their own invariants.
 */
#include "simtest.h"
#include "sim/hist.h"
#include "sim/prng.h"

#define NR_VALUES 20000

static int cmp_u64(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* Values over the whole range of magnitudes. */
static u64 draw(struct prng *rng, u32 shape)
{
	u64 v = prng_next(rng);

	switch (shape) {
	case 0:
		return v >> prng_below(rng, 64);
	case 1:
		return 1000 + v % 1000;
	case 2:
		return v % 64;
	default:
		return v % 100 ? 500 : 2000000000ull;
	}
}

static void quantiles_are_within_a_64th(void **state)
{
	static const double qs[] = { 0, 0.001, 0.1, 0.25, 0.5, 0.9, 0.99, 0.999, 1 };
	u64 *values = calloc(NR_VALUES, sizeof(u64));
	struct hist *h = malloc(sizeof(*h));
	struct prng rng;

	for (u32 shape = 0; shape < 4; shape++) {
		prng_seed(&rng, 42 + shape);
		hist_init(h);
		for (u32 i = 0; i < NR_VALUES; i++) {
			values[i] = draw(&rng, shape);
			hist_record(h, values[i]);
		}
		qsort(values, NR_VALUES, sizeof(u64), cmp_u64);
		for (u32 i = 0; i < ARRAY_SIZE(qs); i++) {
			u64 rank = min((u64)(qs[i] * NR_VALUES), (u64)NR_VALUES - 1);
			u64 got = hist_quantile(h, qs[i]), want = values[rank];
			u64 diff = got > want ? got - want : want - got;

			assert_true(diff <= want / 64);
		}
		assert_int_equal(hist_quantile(h, 0), values[0]);
		assert_int_equal(hist_quantile(h, 1), values[NR_VALUES - 1]);
	}
	free(values);
	free(h);
}

static void buckets_tile_the_range(void **state)
{
	assert_int_equal(hist_bucket_low(0), 0);
	for (u32 i = 0; i + 1 < HIST_BUCKETS; i++) {
		assert_int_equal(hist_bucket_high(i) + 1, hist_bucket_low(i + 1));
		assert_int_equal(hist_index(hist_bucket_low(i)), i);
		assert_int_equal(hist_index(hist_bucket_high(i)), i);
	}
	assert_int_equal(hist_index(UINT64_MAX), HIST_BUCKETS - 1);
	assert_int_equal(hist_bucket_high(HIST_BUCKETS - 1), UINT64_MAX);
}

static void small_values_are_exact(void **state)
{
	struct hist *h = malloc(sizeof(*h));

	for (u64 v = 0; v < 2 * HIST_SUB; v++) {
		hist_init(h);
		hist_record(h, v);
		hist_record(h, v);
		hist_record(h, 1000);
		assert_int_equal(hist_quantile(h, 0.5), v);
	}
	free(h);
}

static void merging_equals_recording_both(void **state)
{
	struct hist *a = malloc(sizeof(*a)), *b = malloc(sizeof(*b)), *both = malloc(sizeof(*both));
	struct prng rng;

	prng_seed(&rng, 7);
	memset(a, 0, sizeof(*a));
	memset(b, 0xff, sizeof(*b)); /* what has not been recorded is not looked at */
	memset(both, 0, sizeof(*both));
	hist_init(a);
	hist_init(b);
	hist_init(both);
	for (u32 i = 0; i < 5000; i++) {
		u64 v = draw(&rng, 0);

		hist_record(i % 3 ? a : b, v);
		hist_record(both, v);
	}
	hist_merge(a, b);
	assert_memory_equal(a, both, sizeof(*a));
	free(a);
	free(b);
	free(both);
}

static void empty_has_no_quantile(void **state)
{
	struct hist *h = malloc(sizeof(*h));

	hist_init(h);
	assert_int_equal(hist_quantile(h, 0.5), 0);
	assert_int_equal(h->count, 0);
	free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantiles_are_within_a_64th),
		cmocka_unit_test(buckets_tile_the_range),
		cmocka_unit_test(small_values_are_exact),
		cmocka_unit_test(merging_equals_recording_both),
		cmocka_unit_test(empty_has_no_quantile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
