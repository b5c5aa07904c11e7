// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_rmap.c - unmapping by file offset: every process, notifiers around it, flushes and their
 * interrupts; subscribers come and go.
 */
#include "mm_fixture.h"

/* A secondary MMU that mirrors what it may: one flag per page of the file. */
struct mirror {
	struct mmu_notifier mn;
	struct mx *x;
	u32 starts, ends, open;
	u64 pages;
	bool gone;
};

static void mirror_start(struct task *me, struct mmu_notifier *mn,
			 const struct mmu_notifier_range *range)
{
	struct mirror *mi = container_of(mn, struct mirror, mn);

	MX_CHECK(mi->x, !mi->gone && range->start < range->end);
	mi->starts++;
	mi->open++;
	mi->pages += (range->end - range->start) >> PAGE_SHIFT;
}

static void mirror_end(struct task *me, struct mmu_notifier *mn,
		       const struct mmu_notifier_range *range)
{
	struct mirror *mi = container_of(mn, struct mirror, mn);

	MX_CHECK(mi->x, !mi->gone && mi->open > 0);
	mi->ends++;
	mi->open--;
}

static const struct mmu_notifier_ops mirror_ops = {
	.invalidate_range_start = mirror_start,
	.invalidate_range_end = mirror_end,
};

static void unmap_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct mirror *mi = x->priv;
	hva_t hva;
	u64 flushes;

	mx_wait(me, x);
	MX_CHECK(x, host_access(me, x->hva, PG(MX_PAGES), true, 1, NULL) == ACCESS_OK);
	MX_CHECK(x, !vm_mmap(me, &x->file, 0, PG(32), PG(32), true, &hva));
	MX_CHECK(x, host_access(me, hva, PG(32), false, 0, NULL) == ACCESS_OK);
	flushes = x->mm->nr_tlb_flushes;
	unmap_mapping_pages(me, &x->mapping, 30, 4);
	/* Two VMAs: pages 30..33 of the one, 32..33 of the other. */
	MX_CHECK(x, mi->starts == 2 && mi->ends == 2 && mi->pages == 6);
	MX_CHECK(x, x->mm->nr_tlb_flushes == flushes + 2);
	for (pgoff_t i = 28; i < 36; i++) {
		struct folio *f = __xa_load(&x->mapping.i_pages, i);

		MX_CHECK(x, folio_mapcount(f) == (i >= 30 && i < 34 ? 0 : 1 + (i >= 32)));
	}
	MX_CHECK(x, x->mapping.nrpages == MX_PAGES);
	/* What is not mapped makes no flush, but is notified. */
	unmap_mapping_pages(me, &x->mapping, 30, 1);
	MX_CHECK(x, mi->starts == 3 && x->mm->nr_tlb_flushes == flushes + 2);
	unmap_mapping_pages(me, &x->mapping, 1000, 5);
	unmap_mapping_pages(me, &x->mapping, 0, 0);
	MX_CHECK(x, mi->starts == 3);
	unmap_mapping_pages(me, &x->mapping, 0, UINT64_MAX);
	MX_CHECK(x, !folio_mapped(__xa_load(&x->mapping.i_pages, 0)));
	mmu_notifier_unregister(me, &mi->mn);
	mi->gone = true;
	unmap_mapping_pages(me, &x->mapping, 0, MX_PAGES);
	MX_CHECK(x, mi->starts == 5);
}

static void test_unmap(void **state)
{
	struct mirror mi = {.mn.ops = &mirror_ops};
	struct mx x;

	mx_init(&x);
	mi.x = &x;
	x.priv = &mi;
	mx_start(&x);
	mmu_notifier_register(NULL, &mi.mn, x.mm);
	mx_task(&x, "t", x.mm, -1, unmap_main);
	mx_finish(&x);
	assert_int_equal(mi.starts, mi.ends);
}

/* Interrupts go to CPUs that run the process now, and to no others. */
static void spinner_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	sim_compute(me, 10 * NSEC_PER_MS);
}

static void sleeper_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	sim_sleep(me, 10 * NSEC_PER_MS);
}

static void flusher_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	sim_ns begin;

	mx_wait(me, x);
	sim_compute(me, NSEC_PER_MS);
	MX_CHECK(x, host_access(me, x->hva, PG(8), true, 1, NULL) == ACCESS_OK);
	begin = sim_now(me);
	x->count[0] = x->mm->nr_tlb_ipis;
	truncate_inode_pages_range(me, &x->mapping, 0, PG(8) - 1);
	x->count[0] = x->mm->nr_tlb_ipis - x->count[0];
	x->count[1] = sim_now(me) - begin;
}

static void run_flush(struct mx *x, u32 nr_spinners, struct mm_struct *(*mm)(struct mx *x),
		      void (*fn)(struct task *me, void *arg))
{
	mx_init(x);
	x->mcfg.costs.dist[COST_tlb_flush_ipi].a_ns = 2000;
	x->mcfg.costs.dist[COST_tlb_flush_handler].a_ns = 300;
	mx_start(x);
	mx_task(x, "flusher", x->mm, 0, flusher_main);
	for (u32 i = 0; i < nr_spinners; i++)
		mx_task(x, "spinner", mm(x), (s32)i + 1, fn);
	mx_run(x);
	mx_assert_clean(x);
	sim_destroy(x->sim);
}

static struct mm_struct *own_mm(struct mx *x)
{
	return x->mm;
}

static struct mm_struct *other_mm(struct mx *x)
{
	return x->other;
}

static void test_shootdown(void **state)
{
	struct mx x;

	run_flush(&x, 2, own_mm, spinner_main);
	assert_int_equal(x.count[0], 16); /* 8 pages, 2 CPUs */
	assert_true(x.count[1] >= 8 * 2000);
	run_flush(&x, 2, other_mm, spinner_main);
	assert_int_equal(x.count[0], 0);
	assert_true(x.count[1] < 2000);
	run_flush(&x, 2, own_mm, sleeper_main);
	assert_int_equal(x.count[0], 0);
}

/* Unmaps from two sides against faults in two processes. */
static void unmapper_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	for (u32 i = 0; i < 4; i++)
		unmap_mapping_pages(me, &x->mapping, i % 2, 2);
}

static void other_toucher_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	hva_t hva;

	mx_wait(me, x);
	MX_CHECK(x, !vm_mmap(me, &x->file, 0, 0, PG(4), true, &hva));
	for (u32 i = 0; i < 3; i++)
		MX_CHECK(x, host_access(me, hva, PG(3), true, 2, NULL) == ACCESS_OK);
	MX_CHECK(x, !sys_munmap(me, hva, PG(4)));
}

static void toucher_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	for (u32 i = 0; i < 3; i++)
		MX_CHECK(x, host_access(me, x->hva, PG(3), false, 0, NULL) == ACCESS_OK);
}

static void test_races(void **state)
{
	for (u64 seed = 1; seed <= 300; seed++) {
		struct mirror mi = {.mn.ops = &mirror_ops};
		struct mx x;

		mx_init(&x);
		mi.x = &x;
		x.cfg.seed = seed;
		x.cfg.sched = SCHED_RANDOM;
		mx_start(&x);
		mmu_notifier_register(NULL, &mi.mn, x.mm);
		mx_task(&x, "unmap1", x.mm, -1, unmapper_main);
		mx_task(&x, "unmap2", x.other, -1, unmapper_main);
		mx_task(&x, "touch", x.mm, -1, toucher_main);
		mx_task(&x, "other", x.other, -1, other_toucher_main);
		mx_finish(&x);
		assert_int_equal(mi.starts, mi.ends);
		assert_int_equal(mi.open, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unmap),
		cmocka_unit_test(test_shootdown),
		cmocka_unit_test(test_races),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
