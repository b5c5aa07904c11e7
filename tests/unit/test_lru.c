// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_lru.c - lru_add batches: one reference each, drained when full or on request, and what a
 * drain of all CPUs waits for.
 */
#include "mm_fixture.h"

static struct folio *add_one(struct task *me, struct mx *x, pgoff_t index)
{
	struct folio *f = __filemap_get_folio(me, &x->mapping, index, FGP_LOCK | FGP_CREAT);

	folio_unlock(me, f);
	folio_put(me, f);
	return f;
}

static void batch_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio *f[FOLIO_BATCH_SIZE];

	mx_wait(me, x);
	for (u32 i = 0; i < FOLIO_BATCH_SIZE - 1; i++) {
		f[i] = add_one(me, x, i);
		MX_CHECK(x, folio_ref_count(me, f[i]) == 2); /* the file, and the batch */
		MX_CHECK(x, !folio_test(f[i], PG_lru));
	}
	add_one(me, x, FOLIO_BATCH_SIZE - 1);
	for (u32 i = 0; i < FOLIO_BATCH_SIZE - 1; i++)
		MX_CHECK(x, folio_ref_count(me, f[i]) == 1 && folio_test(f[i], PG_lru));
	f[0] = add_one(me, x, 50);
	MX_CHECK(x, folio_ref_count(me, f[0]) == 2);
	/* Truncated, but the batch still has it. */
	truncate_inode_pages_range(me, &x->mapping, PG(50), PG(51) - 1);
	MX_CHECK(x, folio_ref_count(me, f[0]) == 1 && !folio_test(f[0], PG_free));
	lru_add_drain(me);
	MX_CHECK(x, folio_test(f[0], PG_free));
	f[0] = add_one(me, x, 51);
	MX_CHECK(x, lru_add_drain_all(me) == 0 && folio_ref_count(me, f[0]) == 1);
	add_one(me, x, 52); /* stays in its batch to the end: the ledger knows */
}

static void test_batch(void **state)
{
	struct mx x;

	mx_init(&x);
	x.mcfg.lru_batches = true;
	mx_start(&x);
	mx_task(&x, "t", x.mm, 0, batch_main);
	mx_finish(&x);
}

/* The work item of a CPU waits until that CPU has time for it. */
static void busy_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	add_one(me, x, 5);
	preempt_disable(me);
	sim_cost(me, 5 * NSEC_PER_MS);
	x->count[0] = sim_now(me);
	preempt_enable(me);
}

static void drain_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	sim_compute(me, NSEC_PER_MS);
	MX_CHECK(x, lru_add_drain_all(me) == 0);
	x->count[1] = sim_now(me);
	MX_CHECK(x, folio_ref_count(me, __xa_load(&x->mapping.i_pages, 5)) == 1);
}

static void test_busy_cpu_delays(void **state)
{
	struct mx x;

	mx_init(&x);
	x.mcfg.lru_batches = true;
	mx_start(&x);
	mx_task(&x, "busy", x.mm, 1, busy_main);
	mx_task(&x, "drain", x.mm, 0, drain_main);
	mx_run(&x);
	mx_assert_clean(&x);
	assert_true(x.count[0] >= 5 * NSEC_PER_MS);
	assert_true(x.count[1] >= x.count[0]);
	sim_destroy(x.sim);
}

/* Without pending batches a drain takes no time; without batches nothing is kept. */
static void idle_drain_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	sim_ns begin;

	mx_wait(me, x);
	begin = sim_now(me);
	MX_CHECK(x, lru_add_drain_all(me) == 0 && sim_now(me) == begin);
	if (!x->mcfg.lru_batches)
		MX_CHECK(x, folio_ref_count(me, add_one(me, x, 1)) == 1);
}

static void test_nothing_to_drain(void **state)
{
	for (u32 batches = 0; batches < 2; batches++) {
		struct mx x;

		mx_init(&x);
		x.mcfg.lru_batches = batches;
		x.mcfg.costs.dist[COST_lru_drain_cpu].a_ns = 1000;
		mx_start(&x);
		mx_task(&x, "t", x.mm, 0, idle_drain_main);
		mx_finish(&x);
	}
}

/* Adders and drainers under any schedule; after its drain a drainer's own page is free of it. */
static void race_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	for (u32 i = 0; i < 3; i++) {
		struct folio *f = add_one(me, x, me->id * 10 + i);

		MX_CHECK(x, lru_add_drain_all(me) == 0);
		MX_CHECK(x, folio_ref_count(me, f) == 1);
	}
}

static void test_races(void **state)
{
	for (u64 seed = 1; seed <= 150; seed++) {
		struct mx x;

		mx_init(&x);
		x.cfg.seed = seed;
		x.cfg.nr_cpus = 2;
		x.cfg.sched = seed & 1 ? SCHED_RANDOM : SCHED_FIFO;
		x.mcfg.lru_batches = true;
		mx_start(&x);
		for (u32 i = 0; i < 3; i++)
			mx_task(&x, "t", x.mm, -1, race_main);
		mx_finish(&x);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_batch),
		cmocka_unit_test(test_busy_cpu_delays),
		cmocka_unit_test(test_nothing_to_drain),
		cmocka_unit_test(test_races),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
