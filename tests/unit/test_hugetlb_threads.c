// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_hugetlb_threads.c - huge pages split and merged while real threads look them up, write to
 * their pages, hold references for a moment, and truncate.
 */
#include "mm_fixture.h"

#include "model/mm/huge_memory.h"
#include "model/mm/hugetlb.h"
#include "model/mm/hugetlb_restructuring.h"

#define ORDER  7
#define NR     (1u << ORDER)
#define ROUNDS 30

static void free_folio(struct task *me, struct folio *folio)
{
	if (folio_test_hugetlb(folio))
		hugetlb_restructuring_metadata_restore(me, folio);
}

static void file_add_huge(struct task *me, struct mx *x)
{
	struct hstate *h = hugetlb_order_to_hstate(x->m, ORDER);
	struct folio *f = hugetlb_alloc_folio(me, h, false, false);

	/* Pieces of the last one may still be on their way back. */
	while (!f) {
		sim_sleep(me, 10 * NSEC_PER_US);
		f = hugetlb_alloc_folio(me, h, false, false);
	}
	MX_CHECK(x, !hugetlb_restructuring_metadata_store(me, f));
	__folio_set_locked(me, f);
	MX_CHECK(x, !__filemap_add_folio(me, &x->mapping, f, 0));
	folio_zero_user(me, f, x->mapping.owner);
	folio_mark_uptodate(me, f);
	__folio_clear_locked(me, f);
	folio_put(me, f);
}

static void converter_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	x->mapping.free_folio = free_folio;
	for (u32 i = 0; i < ROUNDS; i++) {
		struct folio *f;

		file_add_huge(me, x);
		__atomic_store_n(&x->count[1], 1, __ATOMIC_RELEASE);
		f = __xa_load(&x->mapping.i_pages, 0);
		for (u32 k = 0; k < i % 3; k++) {
			MX_CHECK(x, !hugetlb_restructuring_restructure_folio(me, f, 0));
			MX_CHECK(x, !hugetlb_restructuring_restructure_folio(me, f, ORDER));
		}
		if (i % 2)
			MX_CHECK(x, !hugetlb_restructuring_restructure_folio(me, f, 0));
		truncate_inode_pages_final(me, &x->mapping);
	}
	__atomic_store_n(&x->count[0], 1, __ATOMIC_RELEASE);
}

static void looker_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	u32 n = me->id;

	mx_wait(me, x);
	while (!__atomic_load_n(&x->count[0], __ATOMIC_ACQUIRE)) {
		pgoff_t index = n++ * 37 % NR;
		struct folio *f = filemap_get_folio(me, &x->mapping, index);

		if (IS_ERR(f))
			continue;
		if (n % 8 == 0)
			sim_compute(me, NSEC_PER_US);
		folio_put(me, f);
	}
}

/* Writes to pages as a guest does: by frame, without a reference. */
static void writer_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	pfn_t first = x->m->folios->block_start;
	u32 n = 0;

	mx_wait(me, x);
	while (!__atomic_load_n(&x->count[1], __ATOMIC_ACQUIRE)) {
		if (__atomic_load_n(&x->count[0], __ATOMIC_ACQUIRE))
			return; /* it is all over */
		sim_sleep(me, NSEC_PER_US);
	}
	while (!__atomic_load_n(&x->count[0], __ATOMIC_ACQUIRE)) {
		struct folio *page = pfn_to_page(me, first + n++ % NR);

		folio_spte_inc(me, page);
		folio_spte_dec(me, page);
	}
}

static void run(enum hugetlb_restructure design, bool writer)
{
	struct mx x;

	mx_init(&x);
	x.cfg.engine = ENGINE_THREADS;
	x.mcfg.restructure = design;
	x.mcfg.hugetlb[0] = (struct hugetlb_pool_config){.order = ORDER, .nr_huge_pages = 1};
	mx_start(&x);
	mx_task(&x, "converter", x.mm, -1, converter_main);
	mx_task(&x, "looker", x.mm, -1, looker_main);
	if (writer)
		mx_task(&x, "writer", x.mm, -1, writer_main);
	else
		mx_task(&x, "looker", x.mm, -1, looker_main);
	mx_run(&x);
	for (u32 i = 0; i < x.sim->nr_findings; i++) {
		/* A guest that writes to a page that is being given back is what checks are for. */
		if (writer && !strcmp(x.sim->findings[i].rule, "freed-mapped"))
			continue;
		print_error("%s: %s\n", x.sim->findings[i].rule, x.sim->findings[i].message);
		fail();
	}
	assert_int_equal(mm_check_at_rest(x.m), 0);
	sim_destroy(x.sim);
}

static void test_in_place(void **state)
{
	run(HUGETLB_RESTRUCTURE_WIP, false);
}

static void test_stash(void **state)
{
	run(HUGETLB_RESTRUCTURE_STASH, false);
}

static void test_writer(void **state)
{
	run(HUGETLB_RESTRUCTURE_WIP, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_place),
		cmocka_unit_test(test_stash),
		cmocka_unit_test(test_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
