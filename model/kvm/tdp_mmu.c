// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/tdp_mmu.c - changing the second-level page tables: mapping and zapping.
 *
 * Invariants: M1-M6 of tdp_mmu.h.  Each change of an entry is one visible operation on that entry,
 * and goes through tdp_mmu_set_spte() (mmu_lock for write) or tdp_mmu_set_spte_atomic() (for
 * read), which keep the books in handle_changed_spte().
 *
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c
 * Fidelity: faithful; where not, the function says so
 */
#include "model/kvm/tdp_mmu.h"

#include "model/check.h"
#include "model/events.h"
#include "model/kvm/mmu.h"
#include "model/kvm/nx_huge_pages.h"
#include "model/kvm/tdp_external.h"
#include "model/kvm/tdp_root.h"
#include "model/kvm/tlb.h"
#include "model/kvm/vcpu.h"
#include "model/mm/folio.h"
#include "sim/atomic.h"

static void handle_changed_spte(struct task *me, struct vm *vm, gfn_t gfn, u64 old_spte,
				u64 new_spte, int level, bool shared);

/* --- external page tables --- */

/*
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:remove_external_spte
 * Fidelity: faithful: mmu_lock is held for write, so failure means the tables have diverged
 */
static void remove_external_spte(struct task *me, struct vm *vm, gfn_t gfn, u64 old_spte, int level)
{
	int r = external_set_spte(me, vm, gfn, old_spte, SHADOW_NONPRESENT_VALUE, level, NULL);

	vm_bug_on(me, vm, r != 0, "removal from the external page table failed");
}

/* Have mirrors huge leaves?  Before the series for TDX huge pages nobody maps or splits them. */
static bool mirror_has_huge_leaves(const struct vm *vm)
{
	return vm->machine->cfg.kernel >= KERNEL_HUGETLB_WIP;
}

/*
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:split_external_spte (TDX huge pages v3, 7 and 9/24)
 * Fidelity: faithful
 */
static int split_external_spte(struct task *me, struct vm *vm, gfn_t gfn, u64 old_spte,
			       u64 new_spte, int level, bool shared)
{
	void *external_spt = spte_to_child_sp(new_spte)->external_spt;

	if (vm_bug_on(me, vm, !external_spt || !vm->external_ops->split_external_spte,
		      "no external page table to split a leaf into"))
		return -EIO;
	return external_split_spte(me, vm, gfn, old_spte, level, external_spt, shared);
}

/*
 * Freeze the entry, change the external page table, then store the new value or the old one.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:set_external_spte_present
 * Fidelity: faithful
 * Return: 0, or -EBUSY: somebody else was there first, or the external call says to retry.
 */
static int set_external_spte_present(struct task *me, struct tdp_iter *iter, u64 new_spte)
{
	struct mmu_page *sp = tdp_iter_sp(iter);
	struct vm *vm = sp->vm;
	u32 obj = spte_obj(vm, iter->gfn, iter->level);
	void *external_spt = NULL;
	u64 old_spte = iter->old_spte;
	bool split = is_shadow_present_pte(old_spte) && is_last_spte(old_spte, iter->level) &&
		     !is_last_spte(new_spte, iter->level) && mirror_has_huge_leaves(vm);
	int r;

	if (vm_bug_on(me, vm, is_shadow_present_pte(old_spte) && !split,
		      "present mirror entry changed"))
		return -EBUSY;
	if (!is_last_spte(new_spte, iter->level))
		external_spt = spte_to_child_sp(new_spte)->external_spt;
	if (!atomic_try_cmpxchg(me, obj, iter->sptep, &iter->old_spte, FROZEN_SPTE))
		return -EBUSY;
	if (split)
		r = split_external_spte(me, vm, iter->gfn, old_spte, new_spte, iter->level, true);
	else
		r = external_set_spte(me, vm, iter->gfn, old_spte, new_spte, iter->level,
				      external_spt);
	/* The owner of a frozen entry stores without comparing. */
	WRITE_ONCE(me, obj, *iter->sptep, r ? old_spte : new_spte);
	iter->old_spte = old_spte;
	/* A split that the module cannot make with mmu_lock for read is tried again, and again. */
	vm_bug_on(me, vm, r && r != -EBUSY && !(split && r == -EOPNOTSUPP),
		  "the external page table refused an entry");
	return r ? -EBUSY : 0;
}

/* --- changing an entry --- */

static bool is_new_leaf(u64 old_spte, u64 new_spte, int level)
{
	return is_shadow_present_pte(new_spte) && is_last_spte(new_spte, level) &&
	       !(is_shadow_present_pte(old_spte) && is_last_spte(old_spte, level));
}

/*
 * Somebody else may change the entry, too: one cmpxchg, and -EBUSY if it is not what it was.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:tdp_mmu_set_spte_atomic
 * Fidelity: faithful
 * Context: mmu_lock held for read.
 */
static int tdp_mmu_set_spte_atomic(struct task *me, struct tdp_iter *iter, u64 new_spte)
{
	struct mmu_page *sp = tdp_iter_sp(iter);
	struct vm *vm = sp->vm;
	u64 old_spte = iter->old_spte;
	/* Counted before it can be seen: who unhooks its table may take it out at once. */
	bool new_leaf = is_new_leaf(old_spte, new_spte, iter->level);
	int r = 0;

	SIM_ASSERT(!iter->yielded && !is_frozen_spte(iter->old_spte));
	if (new_leaf)
		tdp_mmu_account_leaf(me, new_spte, iter->level, 1);
	if (sp->role.is_mirror && !is_frozen_spte(new_spte)) {
		if (vm_bug_on(me, vm, !is_shadow_present_pte(new_spte), "atomic mirror zap"))
			r = -EBUSY;
		else
			r = set_external_spte_present(me, iter, new_spte);
	} else if (!atomic_try_cmpxchg(me, spte_obj(vm, iter->gfn, iter->level), iter->sptep,
				       &iter->old_spte, new_spte)) {
		r = -EBUSY;
	}
	if (!r)
		handle_changed_spte(me, vm, iter->gfn, old_spte, new_spte, iter->level, true);
	else if (new_leaf)
		tdp_mmu_account_leaf(me, new_spte, iter->level, -1);
	return r;
}

/* With mmu_lock for write a leaf of a mirror can be removed or split, and that must not fail. */
static void change_external_leaf(struct task *me, struct vm *vm, const struct tdp_iter *iter,
				 u64 old_spte, u64 new_spte)
{
	int r;

	if (!is_shadow_present_pte(new_spte)) {
		remove_external_spte(me, vm, iter->gfn, old_spte, iter->level);
		return;
	}
	if (vm_bug_on(me, vm, is_last_spte(new_spte, iter->level) || !mirror_has_huge_leaves(vm),
		      "present mirror entry changed"))
		return;
	r = split_external_spte(me, vm, iter->gfn, old_spte, new_spte, iter->level, false);
	vm_bug_on(me, vm, r != 0, "splitting in the external page table failed");
}

/*
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:tdp_mmu_set_spte
 * Fidelity: faithful
 * Context: mmu_lock held for write.
 */
static void tdp_mmu_set_spte(struct task *me, struct tdp_iter *iter, u64 new_spte)
{
	struct mmu_page *sp = tdp_iter_sp(iter);
	struct vm *vm = sp->vm;
	u64 old_spte;

	SIM_ASSERT(!iter->yielded && !is_frozen_spte(iter->old_spte) && !is_frozen_spte(new_spte));
	old_spte = atomic_xchg(me, spte_obj(vm, iter->gfn, iter->level), iter->sptep, new_spte);
	if (sp->role.is_mirror && is_shadow_present_pte(old_spte) &&
	    is_last_spte(old_spte, iter->level))
		change_external_leaf(me, vm, iter, old_spte, new_spte);
	handle_changed_spte(me, vm, iter->gfn, old_spte, new_spte, iter->level, false);
}

/*
 * A table was unhooked: make each of its entries unusable, drop what they lead to, free it after
 * a grace period.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:handle_removed_pt
 * Fidelity: faithful
 */
static void handle_removed_pt(struct task *me, struct vm *vm, struct mmu_page *sp, bool shared)
{
	int level = sp->role.level;
	u32 i;

	SIM_FRAME(me);
	__atomic_sub_fetch(&vm->tdp_mmu_pages, 1, __ATOMIC_RELAXED);
	untrack_possible_nx_huge_page(me, vm, sp);
	for (i = 0; i < SPTE_ENT_PER_PAGE; i++) {
		gfn_t gfn = sp->gfn + i * PAGES_PER_HPAGE(level);
		u32 obj = spte_obj(vm, gfn, level);
		u64 old_spte;

		if (shared) {
			/* Until it was we who took it away from what it was. */
			while (is_frozen_spte(
				old_spte = atomic_xchg(me, obj, &sp->spt[i], FROZEN_SPTE)))
				sim_cost(me, 1);
		} else {
			old_spte = tdp_mmu_read_spte(&sp->spt[i]);
			if (!is_shadow_present_pte(old_spte))
				continue;
			WRITE_ONCE(me, obj, sp->spt[i], FROZEN_SPTE);
			if (sp->role.is_mirror && is_last_spte(old_spte, level))
				remove_external_spte(me, vm, gfn, old_spte, level);
		}
		if (old_spte != FROZEN_SPTE)
			handle_changed_spte(me, vm, gfn, old_spte, FROZEN_SPTE, level, shared);
	}
	if (sp->external_spt) {
		int r = external_free_spt(me, vm, sp->gfn, level, sp->external_spt);

		vm_bug_on(me, vm, r != 0, "freeing an external page table failed");
	}
	tdp_mmu_free_sp_rcu(me, sp);
}

/*
 * The books: which pages have leaves, which tables are gone.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:__handle_changed_spte
 * Fidelity: simplified: no A/D, dirty log, statistics by level; the host's BUG() is a finding
 */
static void handle_changed_spte(struct task *me, struct vm *vm, gfn_t gfn, u64 old_spte,
				u64 new_spte, int level, bool shared)
{
	bool was_present = is_shadow_present_pte(old_spte);
	bool is_present = is_shadow_present_pte(new_spte);
	bool was_leaf = was_present && is_last_spte(old_spte, level);
	bool is_leaf = is_present && is_last_spte(new_spte, level);

	if (old_spte == new_spte)
		return;
	if (unlikely(was_leaf && is_leaf && spte_to_pfn(old_spte) != spte_to_pfn(new_spte)))
		sim_finding(me->sim, me, "leaf-folio",
			    "%s: leaf for gfn 0x%llx of pfn 0x%x replaced by one of pfn 0x%x",
			    vm->name, (unsigned long long)gfn, spte_to_pfn(old_spte),
			    spte_to_pfn(new_spte));
	if (is_leaf && !was_leaf && !shared)
		tdp_mmu_account_leaf(me, new_spte, level, 1);
	if (was_leaf && !is_leaf)
		tdp_mmu_account_leaf(me, old_spte, level, -1);
	if (was_leaf && !is_present && unlikely(vm->private_zap_destroys) &&
	    is_private_spte(old_spte))
		check_private_removed(me, spte_to_pfn(old_spte), PAGES_PER_HPAGE(level));
	sim_event(me, EV_kvm_tdp_mmu_spte_changed, gfn, was_leaf ? spte_to_pfn(old_spte) : 0,
		  is_leaf ? spte_to_pfn(new_spte) : 0);
	if (was_present && !was_leaf && (is_leaf || !is_present))
		handle_removed_pt(me, vm, spte_to_child_sp(old_spte), shared);
}

/* --- mapping --- */

int tdp_mmu_link_sp(struct task *me, struct tdp_iter *iter, struct mmu_page *sp, bool shared)
{
	int r = 0;

	if (shared)
		r = tdp_mmu_set_spte_atomic(me, iter, make_nonleaf_spte(sp));
	else
		tdp_mmu_set_spte(me, iter, make_nonleaf_spte(sp));
	if (!r)
		__atomic_add_fetch(&sp->vm->tdp_mmu_pages, 1, __ATOMIC_RELAXED);
	return r;
}

/*
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:tdp_mmu_map_handle_target_level
 * Fidelity: simplified: no MMIO SPTEs (an access without a slot ends before), no write tracking
 */
static int tdp_mmu_map_target_level(struct task *me, struct page_fault *fault,
				    struct tdp_iter *iter)
{
	bool present = is_shadow_present_pte(iter->old_spte);
	u64 new_spte;

	if (present && is_last_spte(iter->old_spte, iter->level) &&
	    (fault->prefetch || !fault->write || is_writable_pte(iter->old_spte))) {
		if (unlikely(fault->pfn != spte_to_pfn(iter->old_spte)))
			sim_finding(me->sim, me, "leaf-folio",
				    "gfn 0x%llx is mapped to pfn 0x%x, but its fault found 0x%x",
				    (unsigned long long)fault->gfn, spte_to_pfn(iter->old_spte),
				    fault->pfn);
		return RET_PF_SPURIOUS;
	}
	cost(me, COST_spte_install);
	new_spte = make_spte(fault->pfn, iter->level, fault->map_writable, fault->is_private,
			     fault->owner);
	if (tdp_mmu_set_spte_atomic(me, iter, new_spte))
		return RET_PF_RETRY;
	/* A table was replaced; what it said may be in TLBs. */
	if (unlikely(present && !is_last_spte(iter->old_spte, iter->level)))
		flush_remote_tlbs(me, tdp_iter_sp(iter)->vm);
	return RET_PF_FIXED;
}

/*
 * Replace nothing by a table, or a huge leaf by a table of its parts.
 *
 * Return: 0, or -EBUSY: somebody else was there first.
 */
static int tdp_mmu_map_step_down(struct task *me, struct vcpu *vcpu, struct tdp_iter *iter,
				 const struct page_fault *fault)
{
	bool mirror = tdp_iter_sp(iter)->role.is_mirror;
	struct mmu_page *sp = tdp_mmu_alloc_sp(me, vcpu, mirror, iter->level - 1, iter->gfn);
	int r;

	sp->nx_huge_page_disallowed = fault->req_level >= iter->level;
	if (is_shadow_present_pte(iter->old_spte)) {
		vm_bug_on(me, sp->vm, mirror && !mirror_has_huge_leaves(sp->vm),
			  "huge leaf in a mirror");
		r = tdp_mmu_split_huge_page(me, iter, sp, true);
	} else {
		r = tdp_mmu_link_sp(me, iter, sp, true);
	}
	if (r)
		tdp_mmu_free_unused_sp(me, sp);
	else if (unlikely(fault->req_level >= iter->level))
		track_possible_nx_huge_page(me, sp->vm, sp);
	return r;
}

/* Is this a table that stays because of an instruction fetch? */
static bool nx_table(u64 spte, int level)
{
	return is_shadow_present_pte(spte) && !is_last_spte(spte, level) &&
	       spte_to_child_sp(spte)->nx_huge_page_disallowed;
}

int tdp_mmu_map(struct task *me, struct vcpu *vcpu, struct page_fault *fault)
{
	struct vm *vm = vcpu->vm;
	bool mirror = fault->is_private && vm->has_mirrored_tdp;
	/* What a table maps must not be removed, even to come back in one piece. */
	bool keep_tables = mirror ? mirror_has_huge_leaves(vm) :
				    fault->is_private && vm->private_zap_destroys;
	struct tdp_iter iter;
	int r = RET_PF_RETRY;

	SIM_FRAME(me);
	SIM_ASSERT(lock_is_held(me, &vm->mmu_lock.dep_map, LOCK_READ));
	cost(me, COST_tdp_walk);
	if (fault->max_level > PG_LEVEL_4K)
		mmu_hugepage_adjust(me, vm, fault);
	rcu_read_lock(me);
	for_each_tdp_pte_min_level(me, iter, mirror ? vcpu->mirror_root : vcpu->root, PG_LEVEL_4K,
				   fault->gfn, fault->gfn + 1)
	{
		if (unlikely(keep_tables ||
			     (vm->nx_huge_pages && nx_table(iter.old_spte, iter.level))))
			disallowed_hugepage_adjust(fault, iter.old_spte, iter.level);
		/* Whoever froze it will need this table; do not even allocate. */
		if (is_frozen_spte(iter.old_spte))
			break;
		if (iter.level == fault->goal_level) {
			r = tdp_mmu_map_target_level(me, fault, &iter);
			break;
		}
		if (is_shadow_present_pte(iter.old_spte) && !is_large_pte(iter.old_spte))
			continue;
		if (tdp_mmu_map_step_down(me, vcpu, &iter, fault))
			break;
	}
	rcu_read_unlock(me);
	return r;
}

/* --- zapping --- */

void tdp_mmu_iter_yield(struct task *me, struct vm *vm, struct tdp_iter *iter, bool flush,
			bool shared)
{
	if (flush)
		flush_remote_tlbs(me, vm);
	rcu_read_unlock(me);
	if (shared) {
		cond_resched_rwlock_read(me, &vm->mmu_lock);
	} else {
		vm->zap_yields++;
		vm_check_flushed(me, vm);
		cond_resched_rwlock_write(me, &vm->mmu_lock);
	}
	rcu_read_lock(me);
	SIM_ASSERT(iter->gfn <= iter->next_last_level_gfn);
	iter->yielded = true;
}

/*
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:tdp_mmu_zap_leafs
 * Fidelity: faithful
 */
static bool tdp_mmu_zap_leafs(struct task *me, struct vm *vm, struct mmu_page *root, gfn_t start,
			      gfn_t end, bool can_yield, bool flush)
{
	bool valid = !tdp_root_invalid(root);
	struct tdp_iter iter;

	lockdep_assert_held_write(me, &vm->mmu_lock);
	rcu_read_lock(me);
	for_each_tdp_pte_min_level(me, iter, root, PG_LEVEL_4K, start, end)
	{
		if (can_yield && tdp_mmu_iter_cond_resched(me, vm, &iter, flush, false)) {
			flush = false;
			continue;
		}
		if (!is_shadow_present_pte(iter.old_spte) ||
		    !is_last_spte(iter.old_spte, iter.level))
			continue;
		tdp_mmu_set_spte(me, &iter, SHADOW_NONPRESENT_VALUE);
		cost(me, COST_spte_zap);
		/* vCPUs flush when they leave an invalid root for another one. */
		if (valid) {
			flush = true;
			vm->tlb_unflushed++;
		}
	}
	rcu_read_unlock(me);
	return flush;
}

bool tdp_mmu_unmap_gfn_range(struct task *me, struct vm *vm, struct gfn_range *range, bool flush)
{
	enum tdp_root_types types =
		gfn_range_filter_to_root_types(vm, range->attr_filter) | INVALID_ROOTS;
	struct mmu_page *root;

	SIM_FRAME(me);
	for_each_tdp_mmu_root_yield_safe(me, vm, root, types) flush =
		tdp_mmu_zap_leafs(me, vm, root, range->start, range->end, range->may_block, flush);
	return flush;
}

/*
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:__tdp_mmu_zap_root
 * Fidelity: faithful
 */
static void __tdp_mmu_zap_root(struct task *me, struct vm *vm, struct mmu_page *root, bool shared,
			       int zap_level)
{
	struct tdp_iter iter;

	for_each_tdp_pte_min_level(me, iter, root, zap_level, 0, TDP_MAX_GFN)
	{
		if (tdp_mmu_iter_cond_resched(me, vm, &iter, false, shared))
			continue;
		while (is_shadow_present_pte(iter.old_spte) && iter.level <= zap_level) {
			if (!shared)
				tdp_mmu_set_spte(me, &iter, SHADOW_NONPRESENT_VALUE);
			else if (tdp_mmu_set_spte_atomic(me, &iter, SHADOW_NONPRESENT_VALUE))
				continue;
			cost(me, COST_spte_zap);
			break;
		}
	}
}

/**
 * tdp_mmu_zap_root - take everything out of a root, from the small pieces to the large ones.
 *
 * In passes, so that no step between two chances to yield is large.
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:tdp_mmu_zap_root
 * Fidelity: faithful
 * Context: mmu_lock held, for read if @shared; a reference to @root held.
 */
void tdp_mmu_zap_root(struct task *me, struct vm *vm, struct mmu_page *root, bool shared)
{
	int level = PG_LEVEL_4K;

	SIM_FRAME(me);
	rcu_read_lock(me);
	/* When the walk had that fault there was one pass, at the top. */
	if (bug(me, BUG_ITER_SKIP))
		level = root->role.level;
	for (; level <= root->role.level; level++)
		__tdp_mmu_zap_root(me, vm, root, shared, level);
	rcu_read_unlock(me);
}

void tdp_mmu_recover_huge_pages(struct task *me, struct vm *vm, gfn_t start, gfn_t end)
{
	struct mmu_page *root;
	struct tdp_iter iter;

	SIM_FRAME(me);
	read_lock(me, &vm->mmu_lock);
	for_each_tdp_mmu_root_yield_safe(me, vm, root, VALID_ROOTS)
	{
		rcu_read_lock(me);
		for_each_tdp_pte_min_level(me, iter, root, PG_LEVEL_2M, start, end)
		{
			if (tdp_mmu_iter_cond_resched(me, vm, &iter, false, true))
				continue;
			if (iter.level == PG_LEVEL_2M && is_shadow_present_pte(iter.old_spte) &&
			    !is_large_pte(iter.old_spte))
				tdp_mmu_set_spte_atomic(me, &iter, SHADOW_NONPRESENT_VALUE);
		}
		rcu_read_unlock(me);
	}
	flush_remote_tlbs(me, vm);
	read_unlock(me, &vm->mmu_lock);
}
