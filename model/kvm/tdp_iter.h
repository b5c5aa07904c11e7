/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/kvm/tdp_iter.h - pre-order walk over a TDP page table, restartable after a yield.
 *
 * Invariants:
 *  I1 old_spte is what the entry contained when the iterator came to it.
 *  I2 After a yield (yielded == true) nothing that was read before is used: the next step starts
 *     again at the root, at next_last_level_gfn.
 *  I3 yielded_gfn is where the last yield happened; the walk does not yield there again, so each
 *     turn visits at least one last-level entry.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_iter.{h,c}
 * Fidelity: faithful
 */
#ifndef MODEL_KVM_TDP_ITER_H
#define MODEL_KVM_TDP_ITER_H

#include "model/kvm/spte.h"

struct tdp_iter {
	/* written by the walker, on its stack */
	gfn_t next_last_level_gfn; /* lowest gfn that the caller has not seen at the last level */
	gfn_t yielded_gfn;
	gfn_t gfn;				      /* of the current entry */
	gfn_t end;				      /* exclusive */
	struct mmu_page *pt_path[TDP_ROOT_LEVEL + 1]; /* [level] */
	u64 *sptep;
	u64 old_spte;
	int level;
	int root_level;
	int min_level;
	bool valid;
	bool yielded;
};

void tdp_iter_start(struct task *me, struct tdp_iter *iter, struct mmu_page *root, int min_level,
		    gfn_t start, gfn_t end);
void tdp_iter_next(struct task *me, struct tdp_iter *iter);

/* The table that contains the current entry. */
static inline struct mmu_page *tdp_iter_sp(const struct tdp_iter *iter)
{
	return iter->pt_path[iter->level];
}

#define for_each_tdp_pte_min_level(me, iter, root, min_level, start, end)            \
	for (tdp_iter_start(me, &(iter), root, min_level, start, end); (iter).valid; \
	     tdp_iter_next(me, &(iter)))

#endif
