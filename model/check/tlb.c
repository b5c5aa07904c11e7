// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/check/tlb.c - what a vCPU still believes against what the page table says.
 *
 * tlb-stale	a translation whose leaf has changed, with no flush on its way
 * freed-mapped	the same onto a page that has been given back
 *
 * Excused: a pending request (the vCPU flushes before it enters the guest), an open invalidation,
 * and a holder of mmu_lock for write, who flushes before he lets go.
 */
#include "model/check/check.h"

#include "model/kvm/vcpu.h"

static bool mmu_lock_held_for_write(const struct vm *vm)
{
	return load_acquire(vm->mmu_lock.cnts) & 0xff;
}

static void check_tlb_entry(struct vcpu *vcpu, const struct tlb_entry *e, void *arg)
{
	struct check_pass *c = arg;
	struct vm *vm = vcpu->vm;
	bool mirror = e->is_private && vm->has_mirrored_tdp;
	const struct mmu_page *root = mirror ? vcpu->mirror_root : vcpu->root;
	u64 spte;
	int level;

	c->nr_visited++;
	if (vcpu_request_pending(vcpu) || check_in_window(vm, e->gfn) ||
	    mmu_lock_held_for_write(vm))
		return;
	/* Without a valid root the vCPU loads one, and flushes, before it uses any translation. */
	if (!root || root->role.invalid)
		return;
	if (check_folio_free(pfn_folio(c->m->folios, spte_to_pfn(e->spte)))) {
		check_finding(c, "freed-mapped", "%s: vCPU %u translates gfn 0x%llx to a free page",
			      vm->name, vcpu->index, (unsigned long long)e->gfn);
		return;
	}
	spte = check_find_leaf(root, e->gfn, &level);
	if (!is_shadow_present_pte(spte) || spte_to_pfn(spte) != spte_to_pfn(e->spte))
		check_finding(c, "tlb-stale", "%s: vCPU %u still translates gfn 0x%llx", vm->name,
			      vcpu->index, (unsigned long long)e->gfn);
}

void check_tlbs(struct check_pass *c, struct vm *vm)
{
	tlb_for_each(vm, check_tlb_entry, c);
}
