// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_hugetlb.c - pools, reservations, subpools, the cgroup; splitting and merging in a file.
 */
#include "mm_fixture.h"

#include "model/mm/huge_memory.h"
#include "model/mm/hugetlb.h"
#include "model/mm/hugetlb_restructuring.h"
#include "model/mm/hugetlb_vmemmap.h"

#define ORDER 9
#define NR    (1u << ORDER)

static void fail_site(struct task *me, const char *site, u32 nth)
{
	me->fail_site = site;
	me->fail_nth = nth;
}

static struct hugetlb_counters counters(struct mx *x)
{
	struct hugetlb_counters c = {0};

	MX_CHECK(x, hugetlb_counters(x->m, ORDER, &c));
	return c;
}

static void hx_init(struct mx *x)
{
	mx_init(x);
	x->mcfg.hugetlb[0] = (struct hugetlb_pool_config){.order = ORDER, .nr_huge_pages = 4};
	x->mcfg.hugetlb_optimize_vmemmap = true;
}

static void pool_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct hstate *h = hugetlb_order_to_hstate(x->m, ORDER);
	struct hugepage_subpool *spool;
	struct hugetlb_cgroup *cg;
	struct folio *f[4], *g;

	mx_wait(me, x);
	MX_CHECK(x, !hugetlb_order_to_hstate(x->m, 10));
	MX_CHECK(x, !hugepage_new_subpool(me, h, 5, 5, false));
	fail_site(me, "hugepage_new_subpool", 1);
	MX_CHECK(x, !hugepage_new_subpool(me, h, 3, 3, false));
	spool = hugepage_new_subpool(me, h, 3, 3, false);
	MX_CHECK(x, counters(x).resv_hugepages == 3 && counters(x).free_hugepages == 4);
	/* One page is left for those without a reservation. */
	g = hugetlb_alloc_folio(me, h, false, false);
	MX_CHECK(x, g && !hugetlb_alloc_folio(me, h, false, false));
	for (u32 i = 0; i < 3; i++) {
		MX_CHECK(x, hugepage_subpool_get_pages(me, spool, 1) == 0);
		fail_site(me, "hugetlb_alloc_folio", 1);
		MX_CHECK(x, !hugetlb_alloc_folio(me, h, false, true));
		f[i] = hugetlb_alloc_folio(me, h, false, true);
		MX_CHECK(x, f[i] && folio_test_hugetlb(f[i]) && folio_order(f[i]) == ORDER);
		MX_CHECK(x, folio_test_hugetlb_vmemmap_optimized(f[i]));
		folio_clear_hugetlb_restore_reserve(f[i]);
		hugetlb_set_folio_subpool(f[i], spool);
	}
	MX_CHECK(x, hugepage_subpool_get_pages(me, spool, 1) == -ENOMEM);
	MX_CHECK(x, counters(x).resv_hugepages == 0 && counters(x).free_hugepages == 0);
	MX_CHECK(x, counters(x).cgroup_usage_pages == 4 * NR);
	folio_put(me, f[1]); /* back into the subpool's reserve */
	MX_CHECK(x, counters(x).resv_hugepages == 1 && counters(x).free_hugepages == 1);
	MX_CHECK(x, !hugetlb_alloc_folio(me, h, false, false));
	/* The subpool outlives its owner until its pages are back. */
	hugepage_put_subpool(me, spool);
	MX_CHECK(x, counters(x).resv_hugepages == 1);
	folio_put(me, f[0]);
	folio_put(me, f[2]);
	MX_CHECK(x, counters(x).resv_hugepages == 0 && counters(x).free_hugepages == 3);
	folio_put(me, g);
	MX_CHECK(x, counters(x).free_hugepages == 4 && counters(x).cgroup_usage_pages == 0);
	MX_CHECK(x, !hugetlb_cgroup_charge_cgroup_rsvd_for_order(me, ORDER, 4 * NR, &cg) && cg);
	MX_CHECK(x, hugetlb_cgroup_charge_cgroup_rsvd_for_order(me, ORDER, NR, &cg) == -ENOMEM);
	hugetlb_cgroup_uncharge_cgroup_rsvd_for_order(me, ORDER, 4 * NR, &x->m->hugetlb->cgroup);
	MX_CHECK(x, counters(x).cgroup_rsvd_pages == 0 && hugetlb_check(x->m) == 0);
}

static void test_pool(void **state)
{
	struct mx x;

	hx_init(&x);
	x.mcfg.hugetlb_cgroup_limit_pages = 4 * NR;
	mx_start(&x);
	mx_task(&x, "pool", x.mm, -1, pool_main);
	mx_finish(&x);
}

/* --- restructuring --- */

static struct folio *file_add_huge(struct task *me, struct mx *x, pgoff_t index, u32 order)
{
	struct hstate *h = hugetlb_order_to_hstate(x->m, order);
	struct folio *f = hugetlb_alloc_folio(me, h, false, false);

	MX_CHECK(x, f && !hugetlb_restructuring_metadata_store(me, f));
	__folio_set_locked(me, f);
	MX_CHECK(x, !__filemap_add_folio(me, &x->mapping, f, index));
	folio_mark_uptodate(me, f);
	__folio_clear_locked(me, f);
	folio_put(me, f);
	return f;
}

/* As guest_memfd's free_folio: what hugetlb must know goes back into a folio that is whole. */
static void free_folio(struct task *me, struct folio *folio)
{
	if (folio_test_hugetlb(folio))
		hugetlb_restructuring_metadata_restore(me, folio);
}

static void whole(struct task *me, struct mx *x, struct folio *f, pgoff_t index, u32 order)
{
	u32 nr = 1u << order;

	MX_CHECK(x, folio_test_hugetlb(f) && folio_order(f) == order && f->index == index);
	MX_CHECK(x, folio_ref_count(me, f) == (s32)nr && f->mapping == &x->mapping);
	MX_CHECK(x, xa_get_order(&x->mapping.i_pages, index + 5) == order);
	MX_CHECK(x, __xa_load(&x->mapping.i_pages, index + nr - 1) == f);
	MX_CHECK(x, !xa_check(&x->mapping.i_pages) && x->mapping.nrpages == nr);
}

static void split(struct task *me, struct mx *x, struct folio *f, pgoff_t index, u32 order)
{
	pfn_t pfn = folio_pfn(x->m->folios, f);

	for (u32 i = 0; i < 1u << order; i++) {
		struct folio *p = pfn_folio(x->m->folios, pfn + i);

		if (p->index != index + i || folio_test_large(p) || p->refcount != 1 ||
		    p->mapping != &x->mapping || __xa_load(&x->mapping.i_pages, index + i) != p ||
		    !folio_test(p, PG_uptodate))
			MX_CHECK(x, !"a piece that is wrong");
	}
	MX_CHECK(x, !xa_check(&x->mapping.i_pages) && x->mapping.nrpages == 1u << order);
	MX_CHECK(x, xa_get_order(&x->mapping.i_pages, index + 5) == 0);
}

static void restructure_main(struct task *me, void *arg)
{
	static const struct {
		const char *site;
		u32 nth;
	} fails[] = {{"xa_node", 1}, {"xa_node", 8}, {"hvo_restore", 1}, {"hvo_restore", 7}};
	struct mx *x = arg;
	struct folio *f;
	pfn_t pfn;

	mx_wait(me, x);
	x->mapping.free_folio = free_folio;
	f = file_add_huge(me, x, NR, ORDER);
	pfn = folio_pfn(x->m->folios, f);
	folio_write_byte(me, folio_page(me, f, 100), x->mapping.owner, 42);
	whole(me, x, f, NR, ORDER);
	MX_CHECK(x, !hugetlb_restructuring_restructure_folio(me, f, ORDER));
	for (u32 i = 0; i < ARRAY_SIZE(fails); i++) {
		fail_site(me, fails[i].site, fails[i].nth);
		MX_CHECK(x, hugetlb_restructuring_restructure_folio(me, f, 0) == -ENOMEM);
		MX_CHECK(x, !me->fail_site);
		whole(me, x, f, NR, ORDER);
		MX_CHECK(x, folio_test_hugetlb_vmemmap_optimized(f));
		MX_CHECK(x, mm_check_at_rest(x->m) == 0);
	}
	for (u32 i = 0; i < 3; i++) {
		MX_CHECK(x, !hugetlb_restructuring_restructure_folio(me, f, 0));
		split(me, x, f, NR, ORDER);
		MX_CHECK(x, mm_check_at_rest(x->m) == 0);
		if (i == 1)
			fail_site(me, "hvo_optimize", 1);
		MX_CHECK(x, !hugetlb_restructuring_restructure_folio(me, f, ORDER));
		whole(me, x, f, NR, ORDER);
		MX_CHECK(x, folio_test_hugetlb_vmemmap_optimized(f));
		MX_CHECK(x, mm_check_at_rest(x->m) == 0);
	}
	MX_CHECK(x, page_read_byte(me, pfn + 100, x->mapping.owner) == 42);
	truncate_inode_pages_final(me, &x->mapping);
	MX_CHECK(x, counters(x).free_hugepages == 4 && hugetlb_check(x->m) == 0);
	MX_CHECK(x, !hugetlb_restructuring_metadata_get(me, pfn));
}

static void test_restructure(void **state)
{
	for (u32 design = 0; design < 2; design++) {
		struct mx x;

		hx_init(&x);
		x.mcfg.restructure = design;
		mx_start(&x);
		mx_task(&x, "converter", x.mm, -1, restructure_main);
		mx_finish(&x);
	}
}

/* Each allocation on the way, once: -ENOMEM, and everything as before. */
static void every_failure_main(struct task *me, void *arg)
{
	static const char *const sites[] = {"xa_node", "hvo_restore", "restructuring_metadata"};
	struct mx *x = arg;
	struct folio *f;
	int err;

	mx_wait(me, x);
	x->mapping.free_folio = free_folio;
	f = file_add_huge(me, x, NR, ORDER);
	for (u32 i = 0; i < ARRAY_SIZE(sites); i++) {
		for (u32 nth = 1;; nth++) {
			fail_site(me, sites[i], nth);
			err = hugetlb_restructuring_restructure_folio(me, f, 0);
			if (me->fail_site) /* it does not come by that often */
				break;
			MX_CHECK(x, err == -ENOMEM);
			whole(me, x, f, NR, ORDER);
			MX_CHECK(x, mm_check_at_rest(x->m) == 0);
			x->count[1 + i]++;
		}
		me->fail_site = NULL;
		MX_CHECK(x, !err);
		split(me, x, f, NR, ORDER);
		fail_site(me, "xa_node", 1);
		err = hugetlb_restructuring_restructure_folio(me, f, ORDER);
		if (!me->fail_site) {
			/* The older design needs memory to merge, too. */
			MX_CHECK(x, err == -ENOMEM);
			split(me, x, f, NR, ORDER);
			x->count[4]++;
			err = hugetlb_restructuring_restructure_folio(me, f, ORDER);
		}
		me->fail_site = NULL;
		MX_CHECK(x, !err);
		whole(me, x, f, NR, ORDER);
	}
	truncate_inode_pages_final(me, &x->mapping);
	MX_CHECK(x, counters(x).free_hugepages == 4 && hugetlb_check(x->m) == 0);
}

static void test_every_failure(void **state)
{
	for (u32 design = 0; design < 2; design++) {
		struct mx x;

		hx_init(&x);
		x.mcfg.restructure = design;
		mx_start(&x);
		mx_task(&x, "converter", x.mm, -1, every_failure_main);
		mx_run(&x);
		mx_assert_clean(&x);
		assert_true(x.count[1] >= 8); /* nodes */
		assert_int_equal(x.count[2], 7);
		assert_int_equal(x.count[3], design == HUGETLB_RESTRUCTURE_STASH);
		if (design == HUGETLB_RESTRUCTURE_WIP)
			assert_int_equal(x.count[4], 0);
		sim_destroy(x.sim);
	}
}

/* 1G: 4161 nodes, 4095 vmemmap pages, 262,144 pieces. */
static void gigantic_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio *f;

	mx_wait(me, x);
	x->mapping.free_folio = free_folio;
	f = file_add_huge(me, x, 0, PUD_ORDER);
	fail_site(me, "xa_node", 4161);
	MX_CHECK(x, hugetlb_restructuring_restructure_folio(me, f, 0) == -ENOMEM);
	fail_site(me, "hvo_restore", 4095);
	MX_CHECK(x, hugetlb_restructuring_restructure_folio(me, f, 0) == -ENOMEM);
	whole(me, x, f, 0, PUD_ORDER);
	MX_CHECK(x, !pfn_page(x->m->folios, folio_pfn(x->m->folios, f) + 64));
	fail_site(me, "hvo_restore", 4096);
	MX_CHECK(x, !hugetlb_restructuring_restructure_folio(me, f, 0) && me->fail_site);
	me->fail_site = NULL;
	split(me, x, f, 0, PUD_ORDER);
	MX_CHECK(x, !hugetlb_restructuring_restructure_folio(me, f, PUD_ORDER));
	whole(me, x, f, 0, PUD_ORDER);
	truncate_inode_pages_final(me, &x->mapping);
	MX_CHECK(x, hugetlb_check(x->m) == 0);
}

static void test_gigantic(void **state)
{
	struct mx x;

	hx_init(&x);
	x.mcfg.hugetlb[1] = (struct hugetlb_pool_config){.order = PUD_ORDER, .nr_huge_pages = 1};
	mx_start(&x);
	mx_task(&x, "converter", x.mm, -1, gigantic_main);
	mx_finish(&x);
}

/* --- the freeze spins --- */

static void holder_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	file_add_huge(me, x, 0, ORDER);
	x->count[1] = 1;
	wake_up_all(me, &x->gate);
	MX_CHECK(x, !filemap_speculative_ref(me, &x->mapping, 300, 3 * NSEC_PER_MS));
	x->count[2] = sim_now(me);
}

static void spin_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	wait_event(me, &x->gate, x->count[1]);
	sim_sleep(me, NSEC_PER_MS);
	MX_CHECK(x, !hugetlb_restructuring_restructure_folio(
			    me, __xa_load(&x->mapping.i_pages, 0), 0));
	MX_CHECK(x, x->count[2] && sim_now(me) >= x->count[2]);
	x->count[3] = sim_now(me) - x->count[2];
}

static void test_spin(void **state)
{
	for (u32 cpus = 2; cpus < 4; cpus++) {
		struct lock_mode_stat stat;
		struct mx x;

		hx_init(&x);
		x.cfg.nr_cpus = cpus;
		x.cfg.lock_stat = true;
		mx_start(&x);
		mx_task(&x, "holder", x.mm, -1, holder_main);
		mx_task(&x, "converter", x.mm, -1, spin_main);
		mx_run(&x);
		mx_assert_clean(&x);
		assert_true(x.count[3] < 100 * NSEC_PER_US);
		lock_stat_total(x.sim, x.m->folios->ref_map.class->id, LOCK_WRITE, &stat);
		assert_int_equal(stat.contentions, 1);
		sim_destroy(x.sim);
	}
}

/* A pin that nobody drops: a deadlock that says what is waited for. */
static void pinned_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio *f;

	mx_wait(me, x);
	f = file_add_huge(me, x, 0, ORDER);
	folio_get(me, f);
	hugetlb_restructuring_restructure_folio(me, f, 0);
}

static void test_pinned(void **state)
{
	struct mx x;

	hx_init(&x);
	mx_start(&x);
	mx_task(&x, "converter", x.mm, -1, pinned_main);
	mx_run(&x);
	assert_int_equal(mx_findings(&x, "deadlock"), 1);
	assert_non_null(strstr(x.sim->findings[0].message, "folio_refcount"));
	sim_destroy(x.sim);
}

/* --- pieces freed while split --- */

static void pieces_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio *f, *pinned;
	pfn_t pfn;

	mx_wait(me, x);
	x->mapping.free_folio = free_folio;
	f = file_add_huge(me, x, 0, ORDER);
	pfn = folio_pfn(x->m->folios, f);
	MX_CHECK(x, !hugetlb_restructuring_restructure_folio(me, f, 0));
	pinned = filemap_get_folio(me, &x->mapping, 77);
	truncate_inode_pages_final(me, &x->mapping);
	sim_sleep(me, NSEC_PER_MS);
	/* All but one have come back: the pool has nothing yet. */
	MX_CHECK(x, counters(x).free_hugepages == 3);
	MX_CHECK(x, !hugetlb_restructuring_nr_queued(x->m));
	MX_CHECK(x, hugetlb_restructuring_metadata_get(me, pfn)->nr_pages_waiting_to_be_merged ==
			    NR - 1);
	folio_put(me, pinned);
	MX_CHECK(x, counters(x).free_hugepages == 3); /* not before the worker has run */
	sim_sleep(me, NSEC_PER_MS);
	MX_CHECK(x, counters(x).free_hugepages == 4 && hugetlb_check(x->m) == 0);
	MX_CHECK(x, !hugetlb_restructuring_metadata_get(me, pfn));
	f = hugetlb_alloc_folio(me, hugetlb_order_to_hstate(x->m, ORDER), false, false);
	MX_CHECK(x, folio_pfn(x->m->folios, f) == pfn && folio_order(f) == ORDER);
	folio_put(me, f);
}

static void test_pieces(void **state)
{
	for (u32 design = 0; design < 2; design++) {
		struct mx x;

		hx_init(&x);
		x.mcfg.restructure = design;
		mx_start(&x);
		mx_task(&x, "vmm", x.mm, -1, pieces_main);
		mx_finish(&x);
	}
}

/* --- who looks meanwhile --- */

static void lookup_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	wait_event(me, &x->gate, x->count[1]);
	for (u32 i = 0; i < 40; i++) {
		struct folio *f = filemap_get_folio(me, &x->mapping, i * 13);

		if (IS_ERR(f)) {
			x->count[4]++; /* a hole where a page is */
		} else {
			MX_CHECK(x, folio_contains(f, i * 13) && f->mapping == &x->mapping);
			folio_put(me, f);
		}
	}
}

static void converter_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio *f;

	mx_wait(me, x);
	f = file_add_huge(me, x, 0, ORDER);
	x->count[1] = 1;
	wake_up_all(me, &x->gate);
	for (u32 i = 0; i < 3; i++) {
		MX_CHECK(x, !hugetlb_restructuring_restructure_folio(me, f, 0));
		MX_CHECK(x, !hugetlb_restructuring_restructure_folio(me, f, ORDER));
	}
}

static void test_lookup(void **state)
{
	u64 holes[2] = {0}, deadlocks = 0;

	for (u32 i = 0; i < 40; i++) {
		struct mx x;

		hx_init(&x);
		x.cfg.seed = i + 1;
		x.cfg.sched = SCHED_RANDOM;
		x.mcfg.restructure = i % 2;
		x.mcfg.hugetlb_optimize_vmemmap = i % 4 > 1;
		mx_start(&x);
		mx_task(&x, "converter", x.mm, -1, converter_main);
		mx_task(&x, "looker", x.mm, -1, lookup_main);
		mx_run(&x);
		/*
		 * Who spins on the frozen folio does so in an RCU read section, and the freezer
		 * waits for a grace period.
		 */
		if (i % 4 == 2 && mx_findings(&x, NULL))
			deadlocks += mx_findings(&x, "deadlock");
		else
			mx_assert_clean(&x);
		holes[i % 2] += x.count[4];
		sim_destroy(x.sim);
	}
	assert_int_equal(holes[HUGETLB_RESTRUCTURE_WIP], 0);
	assert_true(holes[HUGETLB_RESTRUCTURE_STASH] > 0);
	assert_true(deadlocks > 0);
}

/* --- walkers by frame number against HVO --- */

static void merger_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio *f;

	mx_wait(me, x);
	f = file_add_huge(me, x, 0, ORDER);
	MX_CHECK(x, !hugetlb_restructuring_restructure_folio(me, f, 0));
	x->count[1] = 1;
	wake_up_all(me, &x->gate);
	for (u32 i = 0; i < 3; i++) {
		MX_CHECK(x, !hugetlb_restructuring_restructure_folio(me, f, ORDER));
		sim_sleep(me, 200 * NSEC_PER_US);
		MX_CHECK(x, !hugetlb_restructuring_restructure_folio(me, f, 0));
		sim_sleep(me, 200 * NSEC_PER_US);
	}
	x->count[1] = 2;
}

static void walker_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	wait_event(me, &x->gate, x->count[1]);
	for (u32 i = 0; x->count[1] < 2; i++) {
		pfn_t pfn = x->m->folios->block_start + NR - 1 - i % 8;
		struct folio *f = pfn_try_get(me, pfn);

		sim_sleep(me, 100);
		if (f)
			folio_put(me, f);
	}
}

/* The walker is slow between its two looks. */
static u32 walks(const char *bug)
{
	u32 found = 0;

	for (u64 seed = 1; seed <= 10; seed++) {
		struct mx x;

		hx_init(&x);
		x.cfg.seed = seed;
		x.cfg.sched = seed % 2 ? SCHED_FIFO : SCHED_RANDOM;
		x.mcfg.bug = bug;
		x.mcfg.costs.dist[COST_gup_fast] = (struct sim_dist){DIST_UNIFORM, 0, 100000};
		x.mcfg.costs.dist[COST_folio_freeze] = (struct sim_dist){DIST_CONST, 20, 0};
		mx_start(&x);
		mx_task(&x, "merger", x.mm, -1, merger_main);
		mx_task(&x, "walker", x.mm, -1, walker_main);
		mx_run(&x);
		assert_int_equal(mx_findings(&x, NULL), mx_findings(&x, "lifetime"));
		assert_int_equal(mm_check_at_rest(x.m), 0);
		found += mx_findings(&x, "lifetime");
		sim_destroy(x.sim);
	}
	return found;
}

static void test_walker(void **state)
{
	assert_int_equal(walks(NULL), 0);
	assert_true(walks("hvo-speculative-ref") > 0);
}

/* --- planted mistakes --- */

static void mistakes_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct hstate *h = hugetlb_order_to_hstate(x->m, ORDER);
	struct folio *f;

	mx_wait(me, x);
	f = hugetlb_alloc_folio(me, h, false, false);
	folio_put(me, f);
	folio_put(me, f); /* once too often */
	MX_CHECK(x, mx_findings(x, "lifetime") == 1);
	h->free_huge_pages++; /* a page that is not there */
	MX_CHECK(x, mm_check_at_rest(x->m) == 1 && mx_findings(x, "refcount") == 1);
	h->free_huge_pages--;
	h->resv_huge_pages = 5; /* more than there are */
	MX_CHECK(x, hugetlb_check(x->m) == 1);
	h->resv_huge_pages = 0;
	f = file_add_huge(me, x, 0, ORDER);
	MX_CHECK(x, !hugetlb_restructuring_restructure_folio(me, f, 0));
	folio_get(me, &f[1]);
	MX_CHECK(x, mm_check_at_rest(x->m) == 1); /* a piece with a reference nobody owns */
	folio_put(me, &f[1]);
	folio_spte_inc(me, &f[2]);
	truncate_inode_pages_final(me, &x->mapping);
	MX_CHECK(x, mx_findings(x, "freed-mapped") == 1); /* a piece freed with a guest leaf */
	folio_spte_dec(me, &f[2]);
}

static void test_mistakes(void **state)
{
	struct mx x;

	hx_init(&x);
	mx_start(&x);
	mx_task(&x, "mistakes", x.mm, -1, mistakes_main);
	mx_run(&x);
	sim_destroy(x.sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pool),	 cmocka_unit_test(test_restructure),
		cmocka_unit_test(test_gigantic), cmocka_unit_test(test_spin),
		cmocka_unit_test(test_pinned),	 cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_lookup),	 cmocka_unit_test(test_every_failure),
		cmocka_unit_test(test_walker),	 cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
