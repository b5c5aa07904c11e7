/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tests/unit/huge_fixture.h - leaves of 2M and 1G without slots, files and fault path.
 */
#ifndef TESTS_UNIT_HUGE_FIXTURE_H
#define TESTS_UNIT_HUGE_FIXTURE_H

#include "tests/unit/tdp_fixture.h"

#include "model/kvm/huge_leaves.h"

#define M2 512ull
#define G1 (512ull * 512ull)

static inline pfn_t huge_pfn(struct task *me, int level)
{
	struct folio *folio = folio_alloc_order(me, (u32)(level - 1) * SPTE_LEVEL_BITS);

	return folio_pfn(machine_of(me)->folios, folio);
}

static inline int map_level(struct task *me, struct vcpu *vcpu, gfn_t gfn, pfn_t pfn, int level,
			    bool is_private)
{
	return map_leaf(me, vcpu, gfn, pfn, level, is_private, true);
}

/* As between begin and end of an invalidation. */
static inline int split_boundary(struct task *me, struct vm *vm, gfn_t start, gfn_t end,
				 u32 filter, bool shared, bool may_block)
{
	struct gfn_range range = {
		.start = start,
		.end = end,
		.attr_filter = filter,
		.may_block = may_block,
	};
	int r;

	vm_mmu_lock(me, vm);
	mmu_invalidate_begin(me, vm);
	mmu_invalidate_range_add(me, vm, start, end);
	vm_mmu_unlock(me, vm);
	if (shared)
		read_lock(me, &vm->mmu_lock);
	else
		vm_mmu_lock(me, vm);
	r = split_cross_boundary_leafs(me, vm, &range, shared);
	if (shared)
		read_unlock(me, &vm->mmu_lock);
	else
		vm_mmu_unlock(me, vm);
	vm_mmu_lock(me, vm);
	mmu_invalidate_end(me, vm);
	vm_mmu_unlock(me, vm);
	return r;
}

struct leaf_count {
	u64 level[PG_LEVEL_1G + 1];
	u64 pages;
	bool uncounted;
};

static inline void count_level(struct vm *vm, bool is_mirror, gfn_t gfn, u64 spte, int level,
			       void *arg)
{
	const struct machine *m = vm->machine;
	struct leaf_count *n = arg;

	n->level[level]++;
	n->pages += PAGES_PER_HPAGE(level);
	if (level == PG_LEVEL_4K)
		n->uncounted |= !pfn_page(m->folios, spte_to_pfn(spte))->sptes;
	else
		n->uncounted |= !huge_leaf_over(m, spte_to_pfn(spte), PAGES_PER_HPAGE(level));
}

/* How many leaves of each level; each is in the checks' books. */
static inline struct leaf_count count_levels(struct kx *x)
{
	struct leaf_count n = {0};

	tdp_mmu_for_each_leaf(x->vm, count_level, &n);
	KX_CHECK(x, !n.uncounted);
	KX_CHECK(x, huge_leaf_total(x->m) == n.level[PG_LEVEL_2M] + n.level[PG_LEVEL_1G]);
	return n;
}

#define CHECK_LEVELS(x, nr4k, nr2m, nr1g)                                                     \
	do {                                                                                  \
		struct leaf_count n_ = count_levels(x);                                       \
		KX_CHECK(x, n_.level[PG_LEVEL_4K] == (nr4k) && n_.level[PG_LEVEL_2M] == (nr2m) && \
				    n_.level[PG_LEVEL_1G] == (nr1g));                         \
	} while (0)

static inline int leaf_level(struct task *me, struct vcpu *vcpu, gfn_t gfn)
{
	int level = 0;

	return tdp_mmu_walk_level(me, vcpu->root, gfn, &level) ? level : 0;
}

static inline pfn_t leaf_pfn(struct task *me, struct vcpu *vcpu, gfn_t gfn)
{
	int level;
	u64 spte = tdp_mmu_walk_level(me, vcpu->root, gfn, &level);

	return spte_to_pfn(spte) + (pfn_t)(gfn & (PAGES_PER_HPAGE(level) - 1));
}

/* Run @main alone, or @main and @other, in a bare VM; nothing may be found.  sim_destroy() it. */
static inline void huge_run(struct kx *x, void (*main)(struct task *me, void *arg),
			    void (*other)(struct task *me, void *arg))
{
	kx_start(x);
	kx_vmm(x, "main", main);
	if (other)
		kx_vmm(x, "other", other);
	kx_run_bare(x);
	kx_assert_clean(x);
}

static inline void huge_init(struct kx *x)
{
	init_bare(x, VM_DEFAULT);
	x->mcfg.kernel = KERNEL_HUGETLB_PLAN;
}

#endif
