/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/kvm/nx_huge_pages.h - tables that are there only because instructions were fetched.
 *
 * With the workaround for iTLB multihit on (vm->nx_huge_pages), a huge page is never executable: a
 * fetch splits it, and the table is remembered as one that may become a huge page again.
 *
 * Invariants: a table is on the list only while it is linked; the list and the tables' flags change
 * with tdp_mmu_pages_lock held.  The table is linked first and listed afterwards, so the flag is
 * looked at again when it is listed: somebody may have unlinked it in between.
 *
 * Upstream: arch/x86/kvm/mmu/mmu.c:track_possible_nx_huge_page, tdp_mmu.c:tdp_mmu_unlink_sp
 * Fidelity: simplified: off unless a test turns it on; no recovery thread
 */
#ifndef MODEL_KVM_NX_HUGE_PAGES_H
#define MODEL_KVM_NX_HUGE_PAGES_H

#include "model/kvm/tdp_mmu.h"

/* After @sp was linked by a fetch for which a huge page was refused. */
void track_possible_nx_huge_page(struct task *me, struct vm *vm, struct mmu_page *sp);

/* When @sp has been unlinked. */
void untrack_possible_nx_huge_page(struct task *me, struct vm *vm, struct mmu_page *sp);

/**
 * tdp_mmu_recover_huge_pages - unlink the tables of 4K leaves, so that faults map huge pages again.
 *
 * What ending a dirty log does.
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:kvm_tdp_mmu_recover_huge_pages
 * Fidelity: simplified: every table of the range, whatever its pages would allow
 * Context: takes mmu_lock for read.
 */
void tdp_mmu_recover_huge_pages(struct task *me, struct vm *vm, gfn_t start, gfn_t end);

#endif
