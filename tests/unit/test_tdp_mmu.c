// SPDX-License-Identifier: GPL-2.0-only
/*
 * The TDP MMU by itself: walks, maps and zaps, yielding, roots.
 */
#include "tests/unit/tdp_fixture.h"

/* --- walks --- */

static const gfn_t walk_gfn[] = {0, 1, 511, 512, 1023, 512 * 512 + 3, TDP_MAX_GFN - 1};

static u32 count_walk(struct task *me, struct kx *x, gfn_t start, gfn_t end, u32 *entries)
{
	struct tdp_iter iter;
	u32 n = 0;

	*entries = 0;
	rcu_read_lock(me);
	for_each_tdp_pte_min_level(me, iter, vm_vcpu(x->vm, 0)->root, PG_LEVEL_4K, start, end)
	{
		(*entries)++;
		if (!is_shadow_present_pte(iter.old_spte) ||
		    !is_last_spte(iter.old_spte, iter.level))
			continue;
		KX_CHECK(x, iter.gfn >= start && iter.gfn < end);
		n++;
	}
	rcu_read_unlock(me);
	return n;
}

static void walk_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);
	u32 entries;

	for (u32 i = 0; i < ARRAY_SIZE(walk_gfn); i++) {
		KX_CHECK(x, map(me, vcpu, walk_gfn[i]) == RET_PF_FIXED);
		KX_CHECK(x, tdp_mmu_gfn_mapped(x->vm, walk_gfn[i]));
	}
	KX_CHECK(x, count_walk(me, x, 0, TDP_MAX_GFN, &entries) == 7);
	/* 3 root entries have tables: 4 levels of tables below, all entries visited once */
	KX_CHECK(x, entries == 512 * (1 + 2 + 3 + 4));
	KX_CHECK(x, count_walk(me, x, 0, 1, &entries) == 1 && entries == 4);
	KX_CHECK(x, count_walk(me, x, 1, 512, &entries) == 2);
	KX_CHECK(x, count_walk(me, x, 511, 513, &entries) == 2);
	KX_CHECK(x, count_walk(me, x, 512, 1024, &entries) == 2);
	KX_CHECK(x, count_walk(me, x, 1024, 512 * 512, &entries) == 0);
	KX_CHECK(x, count_walk(me, x, 700, 700, &entries) == 0 && entries == 0);
	KX_CHECK(x, count_walk(me, x, 0, ~0ull, &entries) == 7);
}

static void test_walk(void **state)
{
	struct kx x;

	init_bare(&x, VM_DEFAULT);
	kx_start(&x);
	kx_vmm(&x, "vmm", walk_main);
	kx_run_bare(&x);
	kx_assert_clean(&x);
	assert_int_equal(leaves(x.vm), 7);
	sim_destroy(x.sim);
}

/* --- map and zap --- */

static void map_zap_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);
	pfn_t pfn = new_pfn(me);
	u64 pages;

	KX_CHECK(x, map_pfn(me, vcpu, 5, pfn, false, true) == RET_PF_FIXED);
	KX_CHECK(x, map_pfn(me, vcpu, 5, pfn, false, true) == RET_PF_SPURIOUS);
	for (gfn_t gfn = 6; gfn < 20; gfn++)
		KX_CHECK(x, map(me, vcpu, gfn) == RET_PF_FIXED);
	pages = x->vm->tdp_mmu_pages;
	KX_CHECK(x, pages == 4);
	x->count[0] = x->vm->tlb_flushes;
	zap(me, x->vm, 8, 12, FILTER_SHARED, true);
	KX_CHECK(x, x->vm->tlb_flushes == x->count[0] + 1);
	KX_CHECK(x, tdp_mmu_gfn_mapped(x->vm, 7) && !tdp_mmu_gfn_mapped(x->vm, 8));
	KX_CHECK(x, !tdp_mmu_gfn_mapped(x->vm, 11) && tdp_mmu_gfn_mapped(x->vm, 12));
	/* nothing there any more: no flush; and tables stay */
	zap(me, x->vm, 8, 12, FILTER_SHARED, true);
	KX_CHECK(x, x->vm->tlb_flushes == x->count[0] + 1);
	KX_CHECK(x, x->vm->tdp_mmu_pages == pages);
	KX_CHECK(x, map(me, vcpu, 9) == RET_PF_FIXED);
}

static void test_map_and_zap(void **state)
{
	struct kx x;

	init_bare(&x, VM_DEFAULT);
	kx_start(&x);
	kx_vmm(&x, "vmm", map_zap_main);
	kx_run_bare(&x);
	kx_assert_clean(&x);
	assert_int_equal(leaves(x.vm), 12);
	sim_destroy(x.sim);
}

/* A present leaf turns into another page's: BUG() in the kernel. */
static void replace_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);

	KX_CHECK(x, map_pfn(me, vcpu, 5, new_pfn(me), false, false) == RET_PF_FIXED);
	map_pfn(me, vcpu, 5, new_pfn(me), false, true);
}

static void test_replaced_leaf_is_found(void **state)
{
	struct kx x;

	init_bare(&x, VM_DEFAULT);
	kx_start(&x);
	kx_vmm(&x, "vmm", replace_main);
	kx_run_bare(&x);
	assert_int_equal(kx_findings(&x, "leaf-folio"), 1);
	assert_int_equal(x.sim->nr_findings, 1);
	sim_destroy(x.sim);
}

/* --- a lost flush is found when the lock is dropped --- */

static void lost_flush_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct gfn_range range = {.start = 0, .end = 9, .attr_filter = FILTER_SHARED};

	map(me, vm_vcpu(x->vm, 0), 5);
	vm_mmu_lock(me, x->vm);
	KX_CHECK(x, tdp_mmu_unmap_gfn_range(me, x->vm, &range, false));
	vm_mmu_unlock(me, x->vm);
}

static void test_lost_flush_is_found(void **state)
{
	struct kx x;

	init_bare(&x, VM_DEFAULT);
	kx_start(&x);
	kx_vmm(&x, "vmm", lost_flush_main);
	kx_run_bare(&x);
	assert_int_equal(kx_findings(&x, "tlb-stale"), 1);
	sim_destroy(x.sim);
}

/* --- yielding --- */

#define ZAP_PAGES 1024
#define ZAP_NS	  1000

struct yield_case {
	enum preempt_model preempt;
	u32 nr_cpus;
	bool contended; /* by a reader on another CPU; else by a hog on the same one */
	bool may_block;
	bool yields;
};

static const struct yield_case yield_cases[] = {
	/* Contention counts on preemptible kernels only. */
	{PREEMPT_NONE, 2, true, true, false},
	{PREEMPT_VOLUNTARY, 2, true, true, false},
	{PREEMPT_LAZY, 2, true, true, true},
	{PREEMPT_FULL, 2, true, true, true},
	{PREEMPT_FULL, 2, true, false, false},
	/* Being due to be preempted counts on all of them. */
	{PREEMPT_NONE, 1, false, true, true},
	{PREEMPT_VOLUNTARY, 1, false, true, true},
	{PREEMPT_LAZY, 1, false, true, true},
	{PREEMPT_FULL, 1, false, true, true},
	{PREEMPT_NONE, 1, false, false, false},
};

static void yield_zapper(struct task *me, void *arg)
{
	struct kx *x = arg;
	const struct yield_case *c = x->priv;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);

	for (gfn_t gfn = 0; gfn < ZAP_PAGES; gfn++)
		map(me, vcpu, gfn);
	x->count[0] = x->vm->tlb_flushes;
	__atomic_store_n(&x->count[1], 1, __ATOMIC_RELEASE);
	x->count[2] = sim_now(me);
	zap(me, x->vm, 0, ZAP_PAGES, FILTER_SHARED, c->may_block);
	x->count[3] = sim_now(me);
	KX_CHECK(x, !tdp_mmu_gfn_mapped(x->vm, ZAP_PAGES - 1));
}

/* Wants mmu_lock in the middle of the zap, or nothing but the CPU. */
static void yield_other(struct task *me, void *arg)
{
	struct kx *x = arg;
	const struct yield_case *c = x->priv;

	if (!c->contended) {
		sim_compute(me, 20 * NSEC_PER_MS);
		return;
	}
	while (!__atomic_load_n(&x->count[1], __ATOMIC_ACQUIRE))
		sim_sleep(me, 10 * NSEC_PER_US);
	sim_sleep(me, 100 * NSEC_PER_US);
	read_lock(me, &x->vm->mmu_lock);
	x->count[4] = sim_now(me);
	read_unlock(me, &x->vm->mmu_lock);
}

static void test_yield(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(yield_cases); i++) {
		const struct yield_case *c = &yield_cases[i];
		sim_ns zap_ns = c->contended ? ZAP_NS : 20 * ZAP_NS;
		struct kx x;

		init_bare(&x, VM_DEFAULT);
		x.cfg.preempt = c->preempt;
		x.cfg.nr_cpus = c->nr_cpus;
		x.priv = (void *)c;
		x.mcfg.costs.dist[COST_spte_zap] =
			(struct sim_dist){.kind = DIST_CONST, .a_ns = zap_ns};
		kx_start(&x);
		kx_vmm(&x, "zapper", yield_zapper);
		kx_vmm(&x, "other", yield_other);
		kx_run_bare(&x);
		kx_assert_clean(&x);
		if (!!x.vm->zap_yields != c->yields)
			print_error("case %u: %llu yields\n", i,
				    (unsigned long long)x.vm->zap_yields);
		assert_int_equal(!!x.vm->zap_yields, c->yields);
		assert_int_equal(leaves(x.vm), 0);
		/* one flush before each yield, one at the end; none of an empty rest */
		assert_in_range(x.vm->tlb_flushes - x.count[0], x.vm->zap_yields,
				x.vm->zap_yields + 1);
		assert_true(x.vm->zap_yields < ZAP_PAGES);
		if (c->contended && c->yields)
			assert_true(x.count[4] < x.count[2] + 115 * NSEC_PER_US);
		if (c->contended && !c->yields)
			assert_true(x.count[4] >= x.count[2] + ZAP_PAGES * ZAP_NS);
		sim_destroy(x.sim);
	}
}

/* --- roots --- */

static void roots_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);
	struct mmu_page *root, *table;

	for (gfn_t gfn = 0; gfn < 600; gfn++)
		map(me, vcpu, gfn);
	root = vcpu->root;
	table = spte_to_child_sp(root->spt[0]);
	/* a walker that is on its way through */
	rcu_read_lock(me);
	vm_mmu_lock(me, x->vm);
	tdp_mmu_invalidate_roots(me, x->vm, DIRECT_ROOTS);
	vm_mmu_unlock(me, x->vm);
	tdp_mmu_zap_invalidated_roots(me, x->vm, true);
	KX_CHECK(x, sim_life_check(me, &table->life, "table"));
	rcu_read_unlock(me);
	/* the vCPU's reference keeps the root, but nothing is in it */
	KX_CHECK(x, sim_life_check(me, &root->life, "root") && !root->spt[0]);
	KX_CHECK(x, x->vm->tdp_mmu_pages == 1);
	mmu_free_obsolete_roots(me, vcpu);
	KX_CHECK(x, !vcpu->root && x->vm->tdp_mmu_pages == 0);
	map(me, vcpu, 7);
	KX_CHECK(x, vcpu->root && vcpu->root != root);
	synchronize_rcu(me);
	x->priv = table;
}

static void test_roots(void **state)
{
	struct kx x;

	init_bare(&x, VM_DEFAULT);
	kx_start(&x);
	kx_vmm(&x, "vmm", roots_main);
	kx_run_bare(&x);
	kx_assert_clean(&x);
	assert_int_equal(((struct mmu_page *)x.priv)->life.state, SIM_LIFE_DEAD);
	assert_int_equal(leaves(x.vm), 1);
	sim_destroy(x.sim);
}

/* --- many schedules --- */

static void race_mapper(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, __atomic_fetch_add(&x->count[0], 1, __ATOMIC_RELAXED));

	for (u32 i = 0; i < 24; i++) {
		struct folio *folio = folio_alloc(me);
		int r = map_pfn(me, vcpu, i % 6 + 508, folio_pfn(x->m->folios, folio), false, true);

		KX_CHECK(x, r == RET_PF_FIXED || r == RET_PF_SPURIOUS || r == RET_PF_RETRY);
		if (tdp_root_invalid(vcpu->root))
			mmu_free_obsolete_roots(me, vcpu);
	}
}

static void race_zapper(struct task *me, void *arg)
{
	struct kx *x = arg;

	for (u32 i = 0; i < 10; i++)
		zap(me, x->vm, 508 + i % 3, 512 + i % 3, FILTER_SHARED, true);
}

static void race_root_zapper(struct task *me, void *arg)
{
	struct kx *x = arg;

	for (u32 i = 0; i < 3; i++) {
		vm_mmu_lock(me, x->vm);
		tdp_mmu_invalidate_roots(me, x->vm, DIRECT_ROOTS);
		vm_mmu_unlock(me, x->vm);
		tdp_mmu_zap_invalidated_roots(me, x->vm, true);
	}
}

/*
 * The mappers do not take part in the invalidate protocol, so a leaf may meet another page: that
 * finding is theirs.  The books must be right all the same.
 */
static void test_race_map_zap(void **state)
{
	for (u64 seed = 1; seed <= 150; seed++) {
		struct kx x;

		kx_init_random(&x, seed);
		x.setup = setup_nothing;
		x.type = VM_DEFAULT;
		x.nr_vcpus = 2;
		kx_start(&x);
		kx_vmm(&x, "map0", race_mapper);
		kx_vmm(&x, "map1", race_mapper);
		kx_vmm(&x, "zap0", race_zapper);
		kx_vmm(&x, "zap1", seed % 2 ? race_root_zapper : race_zapper);
		kx_run_bare(&x);
		assert_int_equal(kx_findings(&x, NULL), kx_findings(&x, "leaf-folio"));
		assert_false(x.sim->stopped);
		leaves(x.vm);
		sim_destroy(x.sim);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_map_and_zap),
		cmocka_unit_test(test_replaced_leaf_is_found),
		cmocka_unit_test(test_lost_flush_is_found),
		cmocka_unit_test(test_yield),
		cmocka_unit_test(test_roots),
		cmocka_unit_test(test_race_map_zap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
