/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/kvm/tdp_root.h - the inside of the TDP MMU: tables as objects, the list of roots, changes.
 *
 * Only tdp_*.c include this.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c
 * Fidelity: faithful
 */
#ifndef MODEL_KVM_TDP_ROOT_H
#define MODEL_KVM_TDP_ROOT_H

#include "model/kvm/huge_leaves.h"
#include "model/kvm/tdp_mmu.h"
#include "model/mm/folio.h"

/* A table from the vCPU's cache, which was topped up before any lock was taken. */
struct mmu_page *tdp_mmu_alloc_sp(struct task *me, struct vcpu *vcpu, bool mirror, int level,
				  gfn_t gfn);

/* The same without a vCPU; mmu_lock must not be held.  NULL: out of memory. */
struct mmu_page *tdp_mmu_alloc_sp_for_split(struct task *me, struct vm *vm, bool mirror);

/* Nobody else has seen it / after a grace period. */
void tdp_mmu_free_sp(struct sim *sim, struct mmu_page *sp);
void tdp_mmu_free_unused_sp(struct task *me, struct mmu_page *sp); /* never linked */
void tdp_mmu_free_sp_rcu(struct task *me, struct mmu_page *sp);

/*
 * The next root of one of @types with a reference, and drop the one to @prev.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:tdp_mmu_next_root
 * Fidelity: faithful
 * Context: mmu_lock held; it may be dropped between two calls.
 */
struct mmu_page *tdp_mmu_next_root(struct task *me, struct vm *vm, struct mmu_page *prev,
				   enum tdp_root_types types);

#define for_each_tdp_mmu_root_yield_safe(me, vm, root, types)     \
	for (root = tdp_mmu_next_root(me, vm, NULL, types); root; \
	     root = tdp_mmu_next_root(me, vm, root, types))

void tdp_mmu_zap_root(struct task *me, struct vm *vm, struct mmu_page *root, bool shared);

/*
 * Store a link to @sp, whose entries are complete, in the entry the iterator stands on.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:tdp_mmu_link_sp
 * Fidelity: faithful
 * Return: 0, or -EBUSY if @shared and the entry is not what it was.
 */
int tdp_mmu_link_sp(struct task *me, struct tdp_iter *iter, struct mmu_page *sp, bool shared);

/* Flush if @flush, drop mmu_lock to whoever wants it or the CPU, take it again. */
void tdp_mmu_iter_yield(struct task *me, struct vm *vm, struct tdp_iter *iter, bool flush,
			bool shared);

/*
 * Make room if somebody wants this CPU or mmu_lock; what was zapped is flushed first.  Asked at
 * every entry, so the question is inline.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:tdp_mmu_iter_cond_resched, tdp_mmu_iter_need_resched
 * Fidelity: faithful
 * Return: true if the lock was dropped; the walk then starts again where it was.
 */
static inline bool tdp_mmu_iter_cond_resched(struct task *me, struct vm *vm, struct tdp_iter *iter,
					     bool flush, bool shared)
{
	if (likely(!need_resched(me) && !rwlock_needbreak(me, &vm->mmu_lock)))
		return false;
	if (iter->next_last_level_gfn == iter->yielded_gfn)
		return false;
	tdp_mmu_iter_yield(me, vm, iter, flush, shared);
	return true;
}

/* The checks' books: a leaf more (@delta 1) or less (-1). */
static inline void tdp_mmu_account_leaf(struct task *me, u64 spte, int level, int delta)
{
	pfn_t pfn = spte_to_pfn(spte);

	if (unlikely(level > PG_LEVEL_4K))
		huge_leaf_count(me, pfn, level, delta);
	else if (delta > 0)
		folio_spte_inc(me, pfn_to_page(me, pfn));
	else
		folio_spte_dec(me, pfn_to_page(me, pfn));
}

/*
 * Fill @sp with the 512 parts of the leaf the iterator stands on, then link it there.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:tdp_mmu_split_huge_page
 * Fidelity: faithful: no flush, the translations are the same
 * Return: 0, or -EBUSY if @shared and the entry is not what it was.
 */
int tdp_mmu_split_huge_page(struct task *me, struct tdp_iter *iter, struct mmu_page *sp,
			    bool shared);

#endif
