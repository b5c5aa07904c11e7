// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_alloc.c - the simulation's memory: counted, zeroed where asked, freed with the simulation.
 *
 * A leak shows under AddressSanitizer, which checks what sim_destroy() leaves behind.
 */
#include "simtest.h"

static void counts_add_up(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct sim *sim = test_sim(&cfg);
	u64 live = sim->bytes_live, allocs = sim->nr_allocs, frees = sim->nr_frees;
	void *p[100];

	for (u32 i = 0; i < 100; i++) {
		p[i] = sim_alloc(sim, 10 * i + 1);
		memset(p[i], 0xff, 10 * i + 1);
	}
	assert_int_equal(sim->bytes_live - live, 10 * 99 * 100 / 2 + 100);
	assert_int_equal(sim->bytes_max, sim->bytes_live);
	for (u32 i = 0; i < 100; i++)
		sim_free(sim, p[i], 10 * i + 1);
	assert_int_equal(sim->bytes_live, live);
	assert_int_equal(sim->nr_allocs - allocs, 100);
	assert_int_equal(sim->nr_frees - frees, 100);
	assert_true(sim->bytes_max > live);
	sim_destroy(sim);
}

static void zalloc_is_zero_even_when_reused(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct sim *sim = test_sim(&cfg);

	for (u32 round = 0; round < 100; round++) {
		u8 *p = sim_zalloc(sim, 1000);

		for (u32 i = 0; i < 1000; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xee, 1000);
		sim_free(sim, p, 1000);
	}
	sim_destroy(sim);
}

static void destroy_frees_what_is_left(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);

	for (u32 round = 0; round < 20; round++) {
		struct sim *sim = test_sim(&cfg);

		for (u32 i = 0; i < 50; i++)
			memset(sim_alloc(sim, 5000), 1, 5000);
		sim_destroy(sim);
	}
}

static void two_simulations_do_not_share(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct sim *a = test_sim(&cfg), *b = test_sim(&cfg);
	u8 *pa = sim_alloc(a, 64), *pb = sim_alloc(b, 64);

	memset(pa, 0xaa, 64);
	memset(pb, 0xbb, 64);
	sim_destroy(a);
	for (u32 i = 0; i < 64; i++)
		assert_int_equal(pb[i], 0xbb);
	sim_free(b, pb, 64);
	sim_destroy(b);
}

static void nothing_is_fine(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct sim *sim = test_sim(&cfg);
	void *a = sim_alloc(sim, 0), *b = sim_alloc(sim, 0);

	assert_non_null(a);
	assert_ptr_not_equal(a, b);
	sim_free(sim, a, 0);
	sim_free(sim, b, 0);
	sim_free(sim, NULL, 123);
	sim_destroy(sim);
	sim_destroy(NULL);
}

static void bad_configurations_are_refused(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);

	cfg.nr_cpus = 0;
	assert_null(sim_create(&cfg));
	cfg.nr_cpus = 1025;
	assert_null(sim_create(&cfg));
	cfg.nr_cpus = 1024;
	cfg.hz = 0;
	assert_null(sim_create(&cfg));
	cfg.hz = 250;
	sim_destroy(test_sim(&cfg));
}

static void a_pool_serves_one_simulation_at_a_time(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct sim *sim;

	cfg.pool = sim_pool_create();
	sim = test_sim(&cfg);
	assert_null(sim_create(&cfg));
	sim_destroy(sim);
	sim_destroy(test_sim(&cfg));
	sim_pool_destroy(cfg.pool);
	sim_pool_destroy(NULL);
}

static void at_the_limit(const struct sim *sim)
{
	longjmp(*(jmp_buf *)sim->cfg.event_desc, 1);
}

static void the_limit_is_told_to_the_caller(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	volatile bool told = false;
	struct sim *sim;
	jmp_buf back;

	cfg.limit_bytes = 64 << 20;
	cfg.out_of_memory = at_the_limit;
	cfg.event_desc = (const void *)&back; /* the only pointer of ours that the config carries */
	sim = test_sim(&cfg);
	sim_alloc(sim, 32 << 20);
	if (setjmp(back) == 0)
		sim_alloc(sim, 32 << 20);
	else
		told = true;
	assert_true(told);
	sim_destroy(sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_add_up),
		cmocka_unit_test(zalloc_is_zero_even_when_reused),
		cmocka_unit_test(destroy_frees_what_is_left),
		cmocka_unit_test(two_simulations_do_not_share),
		cmocka_unit_test(nothing_is_fine),
		cmocka_unit_test(bad_configurations_are_refused),
		cmocka_unit_test(a_pool_serves_one_simulation_at_a_time),
		cmocka_unit_test(the_limit_is_told_to_the_caller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
