// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/tdp_split.c - huge leaves become tables of smaller ones.
 *
 * Invariants:
 *  - a table is complete before it is linked, so that no walker finds a gap in it;
 *  - at each moment every gfn translates as before, so nothing is flushed;
 *  - one table is in hand per split.  If there is none, RCU and mmu_lock are dropped to allocate it
 *    and the walk starts again where it was: the leaf may have been split, zapped or replaced.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c; the boundary split is that of "KVM: TDX huge page support"
 * v3 (January 2026), patches 7 to 11
 * Fidelity: faithful
 */
#include "model/events.h"
#include "model/kvm/invalidate.h"
#include "model/kvm/mmu.h"
#include "model/kvm/tdp_root.h"
#include "model/kvm/tlb.h"

static void account_children(struct task *me, const struct mmu_page *sp, int delta)
{
	u32 i;

	for (i = 0; i < SPTE_ENT_PER_PAGE; i++)
		tdp_mmu_account_leaf(me, sp->spt[i], sp->role.level, delta);
}

int tdp_mmu_split_huge_page(struct task *me, struct tdp_iter *iter, struct mmu_page *sp,
			    bool shared)
{
	const u64 huge_spte = iter->old_spte;
	struct vm *vm = sp->vm;
	u32 i;
	int r;

	SIM_FRAME(me);
	cost(me, COST_tdp_split);
	sp->role.level = (u8)(iter->level - 1);
	sp->gfn = iter->gfn;
	/* Nobody has seen it yet. */
	for (i = 0; i < SPTE_ENT_PER_PAGE; i++)
		sp->spt[i] = make_huge_page_split_spte(huge_spte, sp->role.level, i);
	account_children(me, sp, 1);
	r = tdp_mmu_link_sp(me, iter, sp, shared);
	sim_event(me, EV_kvm_mmu_split_huge_page, iter->gfn, (u64)iter->level, (u64)(s64)r);
	if (r)
		account_children(me, sp, -1);
	else
		__atomic_add_fetch(&vm->nr_splits, 1, __ATOMIC_RELAXED);
	return r;
}

static void mmu_unlock_any(struct task *me, struct vm *vm, bool shared)
{
	if (shared)
		read_unlock(me, &vm->mmu_lock);
	else
		vm_mmu_unlock(me, vm);
}

static void mmu_lock_any(struct task *me, struct vm *vm, bool shared)
{
	if (shared)
		read_lock(me, &vm->mmu_lock);
	else
		vm_mmu_lock(me, vm);
}

/* Does the entry the iterator stands on map anything outside [@start, @end)? */
static bool iter_cross_boundary(const struct tdp_iter *iter, gfn_t start, gfn_t end)
{
	return iter->gfn < start || iter->gfn + PAGES_PER_HPAGE(iter->level) > end;
}

/*
 * Pre-order: an entry is split before its children are visited, so leaves more than one level
 * above @target_level are split again.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:tdp_mmu_split_huge_pages_root
 * Fidelity: faithful (with the argument only_cross_boundary of v3 11/24)
 * Context: mmu_lock held, also on return, but not throughout.
 */
static int tdp_mmu_split_huge_pages_root(struct task *me, struct vm *vm, struct mmu_page *root,
					 gfn_t start, gfn_t end, int target_level, bool shared,
					 bool only_cross_boundary)
{
	struct mmu_page *sp = NULL;
	struct tdp_iter iter;

	SIM_FRAME(me);
	rcu_read_lock(me);
	for_each_tdp_pte_min_level(me, iter, root, target_level + 1, start, end)
	{
retry:
		cost(me, COST_tdp_iter);
		if (tdp_mmu_iter_cond_resched(me, vm, &iter, false, shared))
			continue;
		if (!is_shadow_present_pte(iter.old_spte) || !is_large_pte(iter.old_spte))
			continue;
		if (only_cross_boundary && !iter_cross_boundary(&iter, start, end))
			continue;
		if (!sp) {
			rcu_read_unlock(me);
			mmu_unlock_any(me, vm, shared);
			sp = tdp_mmu_alloc_sp_for_split(me, vm, root->role.is_mirror);
			mmu_lock_any(me, vm, shared);
			if (!sp)
				return -ENOMEM;
			rcu_read_lock(me);
			iter.yielded = true;
			continue;
		}
		if (tdp_mmu_split_huge_page(me, &iter, sp, shared))
			goto retry;
		sp = NULL;
	}
	rcu_read_unlock(me);
	/* Somebody else may have split the leaf that it was for. */
	if (sp)
		tdp_mmu_free_unused_sp(me, sp);
	return 0;
}

static int tdp_mmu_split_roots(struct task *me, struct vm *vm, enum tdp_root_types types,
			       gfn_t start, gfn_t end, int target_level, bool shared,
			       bool only_cross_boundary)
{
	struct mmu_page *root;
	int r = 0;

	for_each_tdp_mmu_root_yield_safe(me, vm, root, types)
	{
		r = tdp_mmu_split_huge_pages_root(me, vm, root, start, end, target_level, shared,
						  only_cross_boundary);
		if (r) {
			tdp_mmu_put_root(me, vm, root);
			break;
		}
	}
	return r;
}

int tdp_mmu_try_split_huge_pages(struct task *me, struct vm *vm, gfn_t start, gfn_t end,
				 int target_level, bool shared)
{
	return tdp_mmu_split_roots(me, vm, VALID_ROOTS, start, end, target_level, shared, false);
}

int tdp_mmu_split_boundary_leafs(struct task *me, struct vm *vm, const struct gfn_range *range,
				 bool shared)
{
	return tdp_mmu_split_roots(me, vm, gfn_range_filter_to_root_types(vm, range->attr_filter),
				   range->start, range->end, PG_LEVEL_4K, shared, true);
}

void slot_apply_flags(struct task *me, struct vm *vm, const struct memory_slot *old,
		      const struct memory_slot *new)
{
	if (!(new->flags & ~(old ? old->flags : 0) & MEM_LOG_DIRTY_PAGES))
		return;
	SIM_FRAME(me);
	read_lock(me, &vm->mmu_lock);
	tdp_mmu_try_split_huge_pages(me, vm, new->base_gfn, new->base_gfn + new->npages,
				     PG_LEVEL_4K, true);
	read_unlock(me, &vm->mmu_lock);
	flush_remote_tlbs(me, vm);
}

int split_cross_boundary_leafs(struct task *me, struct vm *vm, struct gfn_range *range, bool shared)
{
	int r;

	SIM_FRAME(me);
	SIM_ASSERT(lock_is_held(me, &vm->mmu_lock.dep_map, shared ? LOCK_READ : LOCK_WRITE));
	SIM_ASSERT(load_acquire(vm->mmu_invalidate_in_progress) > 0 ||
		   lock_is_held(me, &vm->slots_lock.dep_map, LOCK_NR_MODES) ||
		   srcu_read_lock_held(me, &vm->srcu));
	if (!range->may_block)
		return -EOPNOTSUPP;
	if (bug(me, BUG_NO_BOUNDARY_SPLIT))
		return 0;
	r = tdp_mmu_split_boundary_leafs(me, vm, range, shared);
	if (bug(me, BUG_SPLIT_MIDWAY))
		return 0;
	/* There the result goes through a bool: the caller gets 1, and hands it to user space. */
	if (machine_of(me)->cfg.kernel == KERNEL_HUGETLB_WIP)
		return r != 0;
	return r;
}
