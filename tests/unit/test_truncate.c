// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_truncate.c - truncation: what goes, what stays, one flush a page, and refilled holes.
 */
#include "mm_fixture.h"

/* Fill and map pages [0, MX_PAGES) from the first process. */
static void populate(struct task *me, struct mx *x)
{
	MX_CHECK(x, host_access(me, x->hva, PG(MX_PAGES), true, 7, NULL) == ACCESS_OK);
}

static void punch_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct access_info info = {0};

	mx_wait(me, x);
	x->count[0] = x->mm->nr_tlb_flushes;
	filemap_invalidate_lock(me, &x->mapping);
	truncate_inode_pages_range(me, &x->mapping, PG(8), PG(56) - 1);
	filemap_invalidate_unlock(me, &x->mapping);
	x->count[0] = x->mm->nr_tlb_flushes - x->count[0];
	MX_CHECK(x, x->mapping.nrpages == 16);
	for (pgoff_t i = 0; i < MX_PAGES; i++)
		MX_CHECK(x, filemap_range_has_page(me, &x->mapping, i, i) == (i < 8 || i >= 56));
	/* What was there is gone, what is next to it is not. */
	MX_CHECK(x, host_access(me, x->hva + PG(8), 1, false, 0, &info) == ACCESS_OK);
	MX_CHECK(x, info.first_byte == 0);
	MX_CHECK(x, host_access(me, x->hva + PG(7), 1, false, 0, &info) == ACCESS_OK);
	MX_CHECK(x, info.first_byte == 7);
}

static void test_punch(void **state)
{
	struct mx x;

	mx_init(&x);
	x.setup = populate;
	mx_start(&x);
	mx_task(&x, "punch", x.mm, -1, punch_main);
	mx_run(&x);
	mx_assert_clean(&x);
	assert_int_equal(x.count[0], 48); /* one flush for each page */
	assert_int_equal(x.mapping.truncate_restarts, 0);
	sim_destroy(x.sim);
}

/* Other processes' mappings go, too; holes without pages cost no flush. */
static void other_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	hva_t hva;

	mx_wait(me, x);
	MX_CHECK(x, !vm_mmap(me, &x->file, 0, PG(16), PG(16), true, &hva));
	MX_CHECK(x, host_access(me, hva, PG(16), false, 0, NULL) == ACCESS_OK);
	truncate_inode_pages_final(me, &x->mapping);
	MX_CHECK(x, x->mapping.nrpages == 0 && x->m->folios->nr_free == MX_PAGES);
	x->count[0] = x->mm->nr_tlb_flushes;
	x->count[1] = x->other->nr_tlb_flushes;
	truncate_inode_pages_range(me, &x->mapping, 0, PG(32) - 1);
	MX_CHECK(x, x->count[0] == x->mm->nr_tlb_flushes);
	MX_CHECK(x, !vm_munmap(me, x->other, hva, PG(16)));
}

static void test_all_processes(void **state)
{
	struct mx x;

	mx_init(&x);
	x.setup = populate;
	mx_start(&x);
	mx_task(&x, "other", x.other, -1, other_main);
	mx_run(&x);
	mx_assert_clean(&x);
	assert_int_equal(x.count[0], MX_PAGES);
	assert_int_equal(x.count[1], 16);
	sim_destroy(x.sim);
}

/* A locked page is passed over first and waited for in the end. */
static void lock_holder_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio *f;

	mx_wait(me, x);
	f = filemap_lock_folio(me, &x->mapping, 20);
	sim_sleep(me, NSEC_PER_MS);
	MX_CHECK(x, f->mapping == &x->mapping); /* not removed under our lock */
	MX_CHECK(x, x->mapping.nrpages == MX_PAGES - 48 + 1); /* all others have gone */
	x->count[1] = sim_now(me);
	folio_unlock(me, f);
	folio_put(me, f);
}

static void late_punch_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	sim_compute(me, 100 * NSEC_PER_US);
	truncate_inode_pages_range(me, &x->mapping, PG(8), PG(56) - 1);
	x->count[2] = sim_now(me);
	MX_CHECK(x, x->mapping.nrpages == 16);
}

static void test_locked_page(void **state)
{
	struct mx x;

	mx_init(&x);
	x.setup = populate;
	mx_start(&x);
	mx_task(&x, "holder", x.mm, -1, lock_holder_main);
	mx_task(&x, "punch", x.mm, -1, late_punch_main);
	mx_run(&x);
	mx_assert_clean(&x);
	assert_true(x.count[2] >= x.count[1]);
	sim_destroy(x.sim);
}

/*
 * Faulters that refill the hole keep the truncation going: it ends soon after they stop, however
 * small the hole.  They leave the last page alone, because the walk that meets it is not repeated.
 */
static void refill_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct prng p;

	prng_seed(&p, x->cfg.seed + me->id);
	mx_wait(me, x);
	while (sim_now(me) < x->count[7]) {
		hva_t hva = x->hva + PG(prng_below(&p, MX_PAGES - 1));

		MX_CHECK(x, host_access(me, hva, 1, true, 1, NULL) == ACCESS_OK);
	}
}

static void refilled_punch_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	x->count[0] = sim_now(me);
	truncate_inode_pages_range(me, &x->mapping, 0, PG(MX_PAGES) - 1);
	x->count[1] = sim_now(me);
}

static void run_refill(struct mx *x, u32 nr_faulters, sim_ns until_ns)
{
	struct sim_dist *d = x->mcfg.costs.dist;

	mx_init(x);
	d[COST_page_fault].a_ns = 500;
	d[COST_folio_zero].a_ns = 100;
	d[COST_user_access].a_ns = 10;
	d[COST_rmap_walk].a_ns = 100;
	d[COST_tlb_flush_local].a_ns = 300;
	d[COST_tlb_flush_ipi].a_ns = 1000;
	d[COST_tlb_flush_handler].a_ns = 200;
	d[COST_filemap_delete].a_ns = 50;
	d[COST_filemap_lookup].a_ns = 20;
	x->cfg.nr_cpus = 8;
	x->count[7] = until_ns;
	x->setup = populate;
	mx_start(x);
	mx_task(x, "punch", x->mm, 0, refilled_punch_main);
	for (u32 i = 0; i < nr_faulters; i++)
		mx_task(x, "faulter", x->mm, (s32)i + 1, refill_main);
	mx_run(x);
	mx_assert_clean(x);
}

static void test_refilled_hole(void **state)
{
	struct mx x;
	sim_ns alone, refilled;

	run_refill(&x, 0, 0);
	alone = x.count[1] - x.count[0];
	assert_int_equal(x.mapping.truncate_restarts, 0);
	sim_destroy(x.sim);

	run_refill(&x, 4, 20 * NSEC_PER_MS);
	refilled = x.count[1] - x.count[0];
	assert_true(x.mapping.truncate_restarts > 0);
	sim_destroy(x.sim);
	print_message("# a hole of %u pages: %llu us alone, %llu us refilled by 4\n", MX_PAGES,
		      (unsigned long long)(alone / 1000), (unsigned long long)(refilled / 1000));
	assert_true(refilled > 10 * alone);
}

/* Truncation, faults and lookups under any schedule: references are right, contents are own. */
static void racing_access_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	for (u32 i = 0; i < 6; i++) {
		hva_t hva = x->hva + PG((i + me->id) % 3);

		MX_CHECK(x, host_access(me, hva, 1, i & 1, (u8)me->id, NULL) == ACCESS_OK);
	}
}

static void racing_punch_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	for (u32 i = 0; i < 3; i++)
		truncate_inode_pages_range(me, &x->mapping, 0, PG(3) - 1);
}

static void test_races(void **state)
{
	for (u64 seed = 1; seed <= 300; seed++) {
		struct mx x;

		mx_init(&x);
		x.cfg.seed = seed;
		x.cfg.sched = SCHED_RANDOM;
		mx_start(&x);
		mx_task(&x, "a", x.mm, -1, racing_access_main);
		mx_task(&x, "b", x.mm, -1, racing_access_main);
		mx_task(&x, "punch", x.mm, -1, racing_punch_main);
		mx_task(&x, "punch2", x.mm, -1, racing_punch_main);
		mx_finish(&x);
	}
}

/* The planted fault, and what must notice it. */
static void test_bug_keeps_ptes(void **state)
{
	struct mx x;

	mx_init(&x);
	x.mcfg.bug = "plant-truncate-keeps-ptes";
	x.setup = populate;
	mx_start(&x);
	mx_task(&x, "punch", x.mm, -1, racing_punch_main);
	mx_run(&x);
	assert_true(mx_findings(&x, "freed-mapped") > 0);
	sim_destroy(x.sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_punch),	      cmocka_unit_test(test_all_processes),
		cmocka_unit_test(test_locked_page),   cmocka_unit_test(test_refilled_hole),
		cmocka_unit_test(test_races),	      cmocka_unit_test(test_bug_keeps_ptes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
