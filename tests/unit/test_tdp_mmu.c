// SPDX-License-Identifier: GPL-2.0-only
/*
 * The TDP MMU by itself: walks, maps and zaps, yielding, roots, and the seam to an external page
 * table with a fake behind it.
 */
#include "tests/unit/kvm_fixture.h"

#include "model/kvm/tdp_iter.h"
#include "model/mm/folio.h"

static void setup_nothing(struct task *me, struct kx *x)
{
}

static int map_pfn(struct task *me, struct vcpu *vcpu, gfn_t gfn, pfn_t pfn, bool is_private,
		   bool writable)
{
	struct page_fault fault = {
		.gfn = gfn,
		.goal_level = PG_LEVEL_4K,
		.pfn = pfn,
		.is_private = is_private,
		.write = true,
		.map_writable = writable,
		.owner = 1,
	};
	int r;

	/* what the fault path has done by then */
	vcpu->mmu_cache_nobjs = MMU_CACHE_CAPACITY;
	mmu_reload(me, vcpu);
	read_lock(me, &vcpu->vm->mmu_lock);
	r = tdp_root_invalid(vcpu->root) ? (int)RET_PF_RETRY : tdp_mmu_map(me, vcpu, &fault);
	read_unlock(me, &vcpu->vm->mmu_lock);
	return r;
}

static pfn_t new_pfn(struct task *me)
{
	return folio_pfn(machine_of(me)->folios, folio_alloc(me));
}

static int map(struct task *me, struct vcpu *vcpu, gfn_t gfn)
{
	return map_pfn(me, vcpu, gfn, new_pfn(me), false, true);
}

static void zap(struct task *me, struct vm *vm, gfn_t start, gfn_t end, u32 filter, bool may_block)
{
	struct gfn_range range = {
		.start = start,
		.end = end,
		.attr_filter = filter,
		.may_block = may_block,
	};

	vm_mmu_lock(me, vm);
	if (tdp_mmu_unmap_gfn_range(me, vm, &range, false))
		flush_remote_tlbs(me, vm);
	vm_mmu_unlock(me, vm);
}

static void count_leaf(struct vm *vm, bool is_mirror, gfn_t gfn, u64 spte, int level, void *arg)
{
	u64 *count = arg;

	count[is_mirror]++;
}

/* Every leaf counts once in its page, and nothing else does. */
static u64 leaves(struct vm *vm)
{
	struct folio_map *map = vm->machine->folios;
	u64 count[2] = {0, 0}, in_pages = 0;

	tdp_mmu_for_each_leaf(vm, count_leaf, count);
	for (pfn_t pfn = 1; pfn <= map->nr_used; pfn++)
		in_pages += pfn_folio(map, pfn)->sptes;
	assert_int_equal(in_pages, count[0] + count[1]);
	return in_pages;
}

/*
 * These pages are in nobody's books but the page table's: give them back.  Run, look at what must
 * hold at any rate, and leave the rest to the test.
 */
static void kx_run_bare(struct kx *x)
{
	sim_run(x->sim);
	if (x->failed)
		print_error("seed %llu: %s\n", (unsigned long long)x->cfg.seed, x->failed);
	assert_null(x->failed);
	vm_check_at_rest(x->vm);
}

static void init_bare(struct kx *x, enum vm_type type)
{
	kx_init(x);
	x->type = type;
	x->setup = setup_nothing;
}

static void finish_bare(struct kx *x)
{
	kx_run_bare(x);
	kx_assert_clean(x);
	sim_destroy(x->sim);
}

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

/* --- the external page table --- */

struct fake {
	u32 maps, links, removes, frees, tables;
	int fail_map;
	int fail_remove;
	sim_ns map_ns;
};

static struct fake fake;

static void *fake_alloc_spt(struct task *me, struct vm *vm)
{
	fake.tables++;
	return &fake;
}

static int fake_set_spte(struct task *me, struct vm *vm, gfn_t gfn, u64 old_spte, u64 new_spte,
			 int level, void *external_spt)
{
	if (!is_shadow_present_pte(new_spte)) {
		SIM_ASSERT(is_shadow_present_pte(old_spte));
		fake.removes++;
		return fake.fail_remove;
	}
	SIM_ASSERT(!is_shadow_present_pte(old_spte));
	if (level > PG_LEVEL_4K) {
		SIM_ASSERT(external_spt);
		fake.links++;
		return 0;
	}
	sim_cost(me, fake.map_ns);
	fake.maps++;
	return fake.fail_map;
}

static int fake_free_spt(struct task *me, struct vm *vm, gfn_t gfn, int level, void *external_spt)
{
	fake.frees++;
	return 0;
}

static const struct tdp_external_ops fake_ops = {
	.alloc_external_spt = fake_alloc_spt,
	.set_external_spte = fake_set_spte,
	.free_external_spt = fake_free_spt,
};

static void init_mirror(struct kx *x)
{
	fake = (struct fake){0};
	init_bare(x, VM_TDX);
	x->nr_vcpus = 2;
}

static void filter_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);

	KX_CHECK(x, map_pfn(me, vcpu, 3, new_pfn(me), true, true) == RET_PF_FIXED);
	KX_CHECK(x, map_pfn(me, vcpu, 4, new_pfn(me), false, true) == RET_PF_FIXED);
	KX_CHECK(x, fake.maps == 1 && fake.links == 3 && fake.tables == 4);
	KX_CHECK(x, tdp_mmu_walk(me, vcpu->mirror_root, 3) && !tdp_mmu_walk(me, vcpu->root, 3));
	KX_CHECK(x, tdp_mmu_walk(me, vcpu->root, 4) && !tdp_mmu_walk(me, vcpu->mirror_root, 4));
	zap(me, x->vm, 0, 10, FILTER_SHARED, true);
	KX_CHECK(x, tdp_mmu_walk(me, vcpu->mirror_root, 3) && !tdp_mmu_walk(me, vcpu->root, 4));
	KX_CHECK(x, fake.removes == 0);
	map_pfn(me, vcpu, 4, new_pfn(me), false, true);
	zap(me, x->vm, 0, 10, FILTER_PRIVATE, true);
	KX_CHECK(x, !tdp_mmu_walk(me, vcpu->mirror_root, 3) && tdp_mmu_walk(me, vcpu->root, 4));
	KX_CHECK(x, fake.removes == 1 && fake.frees == 0);
	map_pfn(me, vcpu, 3, new_pfn(me), true, true);
	vm_close(me, x->vm);
	/* the end of the VM: leaves are removed, tables freed, mirror root last */
	KX_CHECK(x, fake.removes == 2 && fake.frees == 3 && !vm_dead(x->vm));
}

static void test_mirror_and_filters(void **state)
{
	struct kx x;

	init_mirror(&x);
	kx_start(&x);
	x.vm->external_ops = &fake_ops;
	kx_vmm(&x, "vmm", filter_main);
	finish_bare(&x);
}

/* While the external call runs, whoever comes to the entry gives up; its neighbours are free. */
static void freezer_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);
	pfn_t pfn = new_pfn(me);

	KX_CHECK(x, map_pfn(me, vcpu, 1, pfn, true, true) == RET_PF_FIXED);
	fake.map_ns = 100 * NSEC_PER_US;
	x->count[0] = sim_now(me);
	KX_CHECK(x, map_pfn(me, vcpu, 3, new_pfn(me), true, true) == RET_PF_FIXED);
}

static void frozen_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 1);

	sim_sleep(me, 50 * NSEC_PER_US);
	KX_CHECK(x, fake.maps == 1);
	KX_CHECK(x, !tdp_mmu_walk(me, vm_vcpu(x->vm, 0)->mirror_root, 3));
	KX_CHECK(x, map_pfn(me, vcpu, 3, new_pfn(me), true, true) == RET_PF_RETRY);
	fake.map_ns = 0;
	KX_CHECK(x, map_pfn(me, vcpu, 4, new_pfn(me), true, true) == RET_PF_FIXED);
	KX_CHECK(x, sim_now(me) < 90 * NSEC_PER_US);
	sim_sleep(me, 100 * NSEC_PER_US);
	KX_CHECK(x, fake.maps == 3);
	KX_CHECK(x, tdp_mmu_walk(me, vcpu->mirror_root, 3));
}

static void test_frozen_entry(void **state)
{
	struct kx x;

	init_mirror(&x);
	kx_start(&x);
	x.vm->external_ops = &fake_ops;
	kx_vmm(&x, "freezer", freezer_main);
	kx_vmm(&x, "other", frozen_main);
	finish_bare(&x);
}

static void external_failure_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);
	pfn_t pfn = new_pfn(me);

	fake.fail_map = -EBUSY;
	KX_CHECK(x, map_pfn(me, vcpu, 3, pfn, true, true) == RET_PF_RETRY);
	KX_CHECK(x, !tdp_mmu_gfn_mapped(x->vm, 3) && !vm_dead(x->vm));
	fake.fail_map = 0;
	KX_CHECK(x, map_pfn(me, vcpu, 3, pfn, true, true) == RET_PF_FIXED);
	fake.fail_map = -EIO;
	KX_CHECK(x, map_pfn(me, vcpu, 4, new_pfn(me), true, true) == RET_PF_RETRY);
	KX_CHECK(x, !tdp_mmu_gfn_mapped(x->vm, 4) && vm_dead(x->vm));
}

static void test_external_map_failure(void **state)
{
	struct kx x;

	init_mirror(&x);
	kx_start(&x);
	x.vm->external_ops = &fake_ops;
	kx_vmm(&x, "vmm", external_failure_main);
	kx_run_bare(&x);
	kx_assert_clean(&x);
	assert_int_equal(leaves(x.vm), 1);
	sim_destroy(x.sim);
}

static void external_remove_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	map_pfn(me, vm_vcpu(x->vm, 0), 3, new_pfn(me), true, true);
	fake.fail_remove = -EIO;
	zap(me, x->vm, 0, 10, FILTER_PRIVATE, true);
	KX_CHECK(x, vm_dead(x->vm));
}

static void test_external_remove_failure(void **state)
{
	struct kx x;

	init_mirror(&x);
	kx_start(&x);
	x.vm->external_ops = &fake_ops;
	kx_vmm(&x, "vmm", external_remove_main);
	finish_bare(&x);
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
		cmocka_unit_test(test_mirror_and_filters),
		cmocka_unit_test(test_frozen_entry),
		cmocka_unit_test(test_external_map_failure),
		cmocka_unit_test(test_external_remove_failure),
		cmocka_unit_test(test_roots),
		cmocka_unit_test(test_race_map_zap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
