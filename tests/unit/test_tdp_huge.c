// SPDX-License-Identifier: GPL-2.0-only
/*
 * Leaves of 2M and 1G: mapped, found again, split by a fault, replaced, zapped.
 */
#include "tests/unit/huge_fixture.h"

/* --- mapping --- */

static void map_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);
	pfn_t gig = huge_pfn(me, PG_LEVEL_1G), two = huge_pfn(me, PG_LEVEL_2M);

	KX_CHECK(x, map_level(me, vcpu, G1 + 7, gig, PG_LEVEL_1G, false) == RET_PF_FIXED);
	KX_CHECK(x, map_level(me, vcpu, G1 + M2 + 3, gig, PG_LEVEL_1G, false) == RET_PF_SPURIOUS);
	KX_CHECK(x, map_level(me, vcpu, 4 * M2, two, PG_LEVEL_2M, false) == RET_PF_FIXED);
	KX_CHECK(x, map(me, vcpu, 3 * M2 + 1) == RET_PF_FIXED);
	KX_CHECK(x, leaf_level(me, vcpu, 2 * G1 - 1) == PG_LEVEL_1G);
	KX_CHECK(x, leaf_pfn(me, vcpu, 2 * G1 - 1) == gig + (pfn_t)G1 - 1);
	KX_CHECK(x, leaf_level(me, vcpu, 5 * M2 - 1) == PG_LEVEL_2M);
	KX_CHECK(x, leaf_pfn(me, vcpu, 5 * M2 - 1) == two + (pfn_t)M2 - 1);
	KX_CHECK(x, !leaf_level(me, vcpu, 3 * M2) && !leaf_level(me, vcpu, 2 * G1));
	KX_CHECK(x, tdp_mmu_gfn_mapped(x->vm, G1) && !tdp_mmu_gfn_mapped(x->vm, 2 * G1));
	CHECK_LEVELS(x, 1, 1, 1);
	/* root, 1G, 2M, 4K: the 1G leaf needs none of its own */
	KX_CHECK(x, x->vm->tdp_mmu_pages == 4);
	KX_CHECK(x, huge_leaf_over(x->m, gig + 12345, 1) == 1);
	KX_CHECK(x, huge_leaf_over(x->m, two + 511, 1) == 1);
	KX_CHECK(x, huge_leaf_over(x->m, two + 512, 1) == 0);
	zap(me, x->vm, 0, TDP_MAX_GFN, FILTER_SHARED, true);
	CHECK_LEVELS(x, 0, 0, 0);
	KX_CHECK(x, huge_leaf_over(x->m, gig, G1) == 0);
}

static void test_map(void **state)
{
	struct kx x;

	huge_init(&x);
	huge_run(&x, map_main, NULL);
	sim_destroy(x.sim);
}

/* A fault that wants less than what is there splits it on its way, in the vCPU's own tables. */
static void fault_split_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);
	pfn_t gig = huge_pfn(me, PG_LEVEL_1G);
	u64 flushes;

	map_level(me, vcpu, 0, gig, PG_LEVEL_1G, false);
	flushes = x->vm->tlb_flushes;
	KX_CHECK(x, map_level(me, vcpu, M2 + 5, gig + (pfn_t)M2, PG_LEVEL_2M, false) ==
			    RET_PF_SPURIOUS);
	CHECK_LEVELS(x, 0, 512, 0);
	KX_CHECK(x, map_level(me, vcpu, M2 + 5, gig + (pfn_t)M2 + 5, PG_LEVEL_4K, false) ==
			    RET_PF_SPURIOUS);
	CHECK_LEVELS(x, 512, 511, 0);
	KX_CHECK(x, x->vm->nr_splits == 2 && x->vm->tlb_flushes == flushes);
	for (gfn_t gfn = 0; gfn < G1; gfn += 511)
		KX_CHECK(x, leaf_pfn(me, vcpu, gfn) == gig + (pfn_t)gfn);
	KX_CHECK(x, is_writable_pte(tdp_mmu_walk(me, vcpu->root, M2 + 5)));
	KX_CHECK(x, !is_large_pte(tdp_mmu_walk(me, vcpu->root, M2 + 5)));
}

static void test_fault_splits(void **state)
{
	struct kx x;

	huge_init(&x);
	huge_run(&x, fault_split_main, NULL);
	sim_destroy(x.sim);
}

/* Small leaves were there first: the table goes, and what it said is flushed. */
static void replace_table_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);
	pfn_t two = huge_pfn(me, PG_LEVEL_2M);
	u64 flushes;

	for (pfn_t i = 0; i < 512; i += 7)
		map_level(me, vcpu, M2 + i, two + i, PG_LEVEL_4K, false);
	KX_CHECK(x, x->vm->tdp_mmu_pages == 4);
	flushes = x->vm->tlb_flushes;
	KX_CHECK(x, map_level(me, vcpu, M2 + 1, two, PG_LEVEL_2M, false) == RET_PF_FIXED);
	CHECK_LEVELS(x, 0, 1, 0);
	KX_CHECK(x, x->vm->tdp_mmu_pages == 3 && x->vm->tlb_flushes == flushes + 1);
	for (pfn_t i = 0; i < 512; i++)
		KX_CHECK(x, !pfn_to_page(me, two + i)->sptes);
}

static void test_table_becomes_leaf(void **state)
{
	struct kx x;

	huge_init(&x);
	huge_run(&x, replace_table_main, NULL);
	sim_destroy(x.sim);
}

/* --- zapping --- */

/* As upstream: a leaf that reaches over the range goes as a whole. */
static void straddle_zap_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);

	for (gfn_t i = 0; i < 4; i++)
		map_level(me, vcpu, i * M2, huge_pfn(me, PG_LEVEL_2M), PG_LEVEL_2M, false);
	zap(me, x->vm, M2 + 511, 3 * M2 + 1, FILTER_SHARED, true);
	KX_CHECK(x, tdp_mmu_gfn_mapped(x->vm, M2 - 1) && !tdp_mmu_gfn_mapped(x->vm, M2));
	CHECK_LEVELS(x, 0, 1, 0);
}

static void test_straddling_leaf_is_zapped(void **state)
{
	struct kx x;

	huge_init(&x);
	huge_run(&x, straddle_zap_main, NULL);
	sim_destroy(x.sim);
}

/* Everything goes with its root: in passes by level, tables with huge leaves in them, too. */
static void zap_root_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);

	map_level(me, vcpu, G1, huge_pfn(me, PG_LEVEL_1G), PG_LEVEL_1G, false);
	map_level(me, vcpu, 2 * M2, huge_pfn(me, PG_LEVEL_2M), PG_LEVEL_2M, false);
	map(me, vcpu, 5);
	vm_mmu_lock(me, x->vm);
	tdp_mmu_invalidate_roots(me, x->vm, DIRECT_ROOTS);
	vm_mmu_unlock(me, x->vm);
	tdp_mmu_zap_invalidated_roots(me, x->vm, true);
	KX_CHECK(x, huge_leaf_total(x->m) == 0);
	mmu_free_obsolete_roots(me, vcpu);
	KX_CHECK(x, x->vm->tdp_mmu_pages == 0);
}

static void test_zap_root(void **state)
{
	struct kx x;

	huge_init(&x);
	huge_run(&x, zap_root_main, NULL);
	sim_destroy(x.sim);
}

/* --- what a page must not be freed below --- */

static void freed_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);
	struct folio *folio = folio_alloc_order(me, SPTE_LEVEL_BITS);

	map_level(me, vcpu, 0, folio_pfn(x->m->folios, folio), PG_LEVEL_2M, false);
	if (x->count[0])
		zap(me, x->vm, 0, 1, FILTER_SHARED, true);
	folio_put(me, folio);
}

static void test_freed_below_huge_leaf(void **state)
{
	for (u32 zapped = 0; zapped < 2; zapped++) {
		struct kx x;

		huge_init(&x);
		x.count[0] = zapped;
		kx_start(&x);
		kx_vmm(&x, "main", freed_main);
		kx_run_bare(&x);
		assert_int_equal(kx_findings(&x, "freed-mapped"), !zapped);
		assert_int_equal(x.sim->nr_findings, !zapped);
		sim_destroy(x.sim);
	}
}

/* --- memory --- */

/* 1 TiB in leaves of 1G: tables and books together. */
static void tera_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);
	u64 before = me->sim->bytes_live;

	for (u64 i = 0; i < 1024; i++)
		map_level(me, vcpu, i * G1, (pfn_t)(i * G1), PG_LEVEL_1G, false);
	x->count[0] = me->sim->bytes_live - before;
	CHECK_LEVELS(x, 0, 0, 1024);
	KX_CHECK(x, x->vm->tdp_mmu_pages == 3);
	zap(me, x->vm, 0, 1024 * G1, FILTER_SHARED, true);
}

static void test_tera(void **state)
{
	struct kx x;

	huge_init(&x);
	x.mcfg.memory_pages = 1025 * G1;
	x.cfg.lock_stat = false;
	huge_run(&x, tera_main, NULL);
	assert_in_range(x.count[0], 1, 1024 * 64);
	sim_destroy(x.sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map),
		cmocka_unit_test(test_fault_splits),
		cmocka_unit_test(test_table_becomes_leaf),
		cmocka_unit_test(test_straddling_leaf_is_zapped),
		cmocka_unit_test(test_zap_root),
		cmocka_unit_test(test_freed_below_huge_leaf),
		cmocka_unit_test(test_tera),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
