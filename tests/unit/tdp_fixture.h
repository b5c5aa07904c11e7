/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tests/unit/tdp_fixture.h - the TDP MMU without slots, files and fault path in front of it.
 *
 * Pages come straight from the allocator and are in nobody's books but the page table's.
 */
#ifndef TESTS_UNIT_TDP_FIXTURE_H
#define TESTS_UNIT_TDP_FIXTURE_H

#include "tests/unit/kvm_fixture.h"

#include "model/kvm/tdp_iter.h"
#include "model/mm/folio.h"

static inline void setup_nothing(struct task *me, struct kx *x)
{
}

/* What the fault does once it knows the level; @pfn is that of the leaf's beginning. */
static inline int map_leaf(struct task *me, struct vcpu *vcpu, gfn_t gfn, pfn_t pfn, int level,
			   bool is_private, bool writable)
{
	struct page_fault fault = {
		.gfn = gfn,
		.max_level = level,
		.goal_level = level,
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

static inline int map_pfn(struct task *me, struct vcpu *vcpu, gfn_t gfn, pfn_t pfn, bool is_private,
			  bool writable)
{
	return map_leaf(me, vcpu, gfn, pfn, PG_LEVEL_4K, is_private, writable);
}

static inline pfn_t new_pfn(struct task *me)
{
	return folio_pfn(machine_of(me)->folios, folio_alloc(me));
}

static inline int map(struct task *me, struct vcpu *vcpu, gfn_t gfn)
{
	return map_pfn(me, vcpu, gfn, new_pfn(me), false, true);
}

static inline void zap(struct task *me, struct vm *vm, gfn_t start, gfn_t end, u32 filter,
		       bool may_block)
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

static inline void count_leaf(struct vm *vm, bool is_mirror, gfn_t gfn, u64 spte, int level,
			      void *arg)
{
	u64 *count = arg;

	count[is_mirror]++;
}

/* Every leaf counts once in its page, and nothing else does. */
static inline u64 leaves(struct vm *vm)
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
static inline void kx_run_bare(struct kx *x)
{
	sim_run(x->sim);
	if (x->failed)
		print_error("seed %llu: %s\n", (unsigned long long)x->cfg.seed, x->failed);
	assert_null(x->failed);
	vm_check_at_rest(x->vm);
}

static inline void init_bare(struct kx *x, enum vm_type type)
{
	kx_init(x);
	x->type = type;
	x->setup = setup_nothing;
}

static inline void finish_bare(struct kx *x)
{
	kx_run_bare(x);
	kx_assert_clean(x);
	sim_destroy(x->sim);
}

#endif
