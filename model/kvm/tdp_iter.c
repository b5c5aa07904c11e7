// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/tdp_iter.c - pre-order walk over a TDP page table.
 *
 * Invariants: I1-I3 of tdp_iter.h.  An entry is read again before its child is entered, so that
 * the walk never goes into a table which is no longer linked there.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_iter.c
 * Fidelity: faithful
 */
#include "model/kvm/tdp_iter.h"

#include "model/kvm/tdp_mmu.h"

static inline u32 spte_index(gfn_t gfn, int level)
{
	return (u32)(gfn >> ((level - 1) * SPTE_LEVEL_BITS)) & (SPTE_ENT_PER_PAGE - 1);
}

/* Stand on the entry of @level that covers @gfn, in the table of the path. */
static inline void tdp_iter_place(struct tdp_iter *iter, gfn_t gfn, int level)
{
	iter->level = level;
	iter->gfn = ALIGN_DOWN(gfn, PAGES_PER_HPAGE(level));
	iter->sptep = &iter->pt_path[level]->spt[spte_index(gfn, level)];
	iter->old_spte = tdp_mmu_read_spte(iter->sptep);
}

static void tdp_iter_restart(struct tdp_iter *iter)
{
	iter->yielded = false;
	iter->yielded_gfn = iter->next_last_level_gfn;
	iter->valid = true;
	tdp_iter_place(iter, iter->next_last_level_gfn, iter->root_level);
}

/**
 * tdp_iter_start - begin at the root's entry that covers @start.
 *
 * Context: RCU read section or mmu_lock held for write.
 */
void tdp_iter_start(struct task *me, struct tdp_iter *iter, struct mmu_page *root, int min_level,
		    gfn_t start, gfn_t end)
{
	end = min(end, TDP_MAX_GFN);
	*iter = (struct tdp_iter){
		.next_last_level_gfn = start,
		.end = end,
		.root_level = root->role.level,
		.min_level = min_level,
	};
	if (start >= end || !sim_life_check(me, &root->life, "TDP root"))
		return;
	iter->pt_path[iter->root_level] = root;
	tdp_iter_restart(iter);
}

static bool tdp_iter_step_down(struct task *me, struct tdp_iter *iter)
{
	struct mmu_page *child;
	u64 spte;

	if (iter->level == iter->min_level)
		return false;
	spte = tdp_mmu_read_spte(iter->sptep);
	iter->old_spte = spte;
	if (!is_shadow_present_pte(spte) || is_last_spte(spte, iter->level))
		return false;
	child = spte_to_child_sp(spte);
	if (!sim_life_check(me, &child->life, "TDP page table"))
		return false;
	iter->pt_path[iter->level - 1] = child;
	tdp_iter_place(iter, iter->next_last_level_gfn, iter->level - 1);
	return true;
}

/**
 * tdp_iter_next - go to the next entry in pre-order; valid becomes false behind the last one.
 *
 * Context: as tdp_iter_start().
 */
void tdp_iter_next(struct task *me, struct tdp_iter *iter)
{
	int level = iter->level;
	gfn_t next;

	if (iter->yielded) {
		tdp_iter_restart(iter);
		if (!bug(me, BUG_ITER_SKIP))
			return;
	}
	if (level > iter->min_level && tdp_iter_step_down(me, iter))
		return;

	next = iter->gfn + PAGES_PER_HPAGE(level);
	iter->next_last_level_gfn = next;
	if (next >= iter->end) {
		iter->valid = false;
		return;
	}
	/* Index 0 is in the table after this one: its entry is further up. */
	while (level < iter->root_level && spte_index(next, level) == 0)
		level++;
	tdp_iter_place(iter, next, level);
}
