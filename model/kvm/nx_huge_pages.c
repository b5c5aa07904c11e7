// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/nx_huge_pages.c - the list of tables that may become huge pages again.
 *
 * Invariants: those of the header; that no listed table is freed is looked at when tables are freed
 * (tdp_root.c).
 *
 * Upstream: arch/x86/kvm/mmu/mmu.c, tdp_mmu.c
 * Fidelity: simplified: see the header
 */
#include "model/kvm/nx_huge_pages.h"

/*
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:kvm_tdp_mmu_map (the end of its loop)
 * Fidelity: faithful
 */
void track_possible_nx_huge_page(struct task *me, struct vm *vm, struct mmu_page *sp)
{
	spin_lock(me, &vm->tdp_mmu_pages_lock);
	if (sp->nx_huge_page_disallowed || bug(me, BUG_NX_LIST))
		list_add_tail(&sp->possible_nx_link, &vm->possible_nx_huge_pages);
	spin_unlock(me, &vm->tdp_mmu_pages_lock);
}

void untrack_possible_nx_huge_page(struct task *me, struct vm *vm, struct mmu_page *sp)
{
	if (likely(!sp->nx_huge_page_disallowed))
		return;
	spin_lock(me, &vm->tdp_mmu_pages_lock);
	sp->nx_huge_page_disallowed = false;
	list_del_init(&sp->possible_nx_link);
	spin_unlock(me, &vm->tdp_mmu_pages_lock);
}
