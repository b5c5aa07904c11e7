// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/check/tlb.c - what a vCPU still believes against what the page table says.
 *
 * tlb-stale	a translation whose leaf has changed, with no flush on its way; a huge one whose
 *		leaf has been split is good as long as each of the parts is
 * freed-mapped	the same onto a page that has been given back; a pfn cache of KVM that leads to one
 *
 * Excused: a pending request (the vCPU flushes before it enters the guest), an open invalidation,
 * and a holder of mmu_lock for write, who flushes before he lets go.
 */
#include "model/check/check.h"

#include "model/kvm/pfncache.h"
#include "model/kvm/vcpu.h"

bool check_mmu_write_locked(const struct vm *vm)
{
	return load_acquire(vm->mmu_lock.cnts) & 0xff;
}

/*
 * Do the @nr pages from @gfn on all translate to those from @pfn on?  By the leaf, not by the page.
 */
static bool still_translates(struct check_pass *c, const struct mmu_page *root, gfn_t gfn, u64 nr,
			     pfn_t pfn)
{
	gfn_t at = gfn, base;
	int level;
	u64 spte;

	for (; at < gfn + nr; at = base + PAGES_PER_HPAGE(level)) {
		c->nr_visited++;
		spte = check_find_leaf(root, at, &level);
		base = ALIGN_DOWN(at, PAGES_PER_HPAGE(level));
		if (!is_shadow_present_pte(spte) ||
		    spte_to_pfn(spte) + (at - base) != pfn + (at - gfn))
			return false;
	}
	return true;
}

static void check_tlb_entry(struct vcpu *vcpu, const struct tlb_entry *e, void *arg)
{
	struct check_pass *c = arg;
	struct vm *vm = vcpu->vm;
	bool mirror = e->is_private && vm->has_mirrored_tdp;
	const struct mmu_page *root = mirror ? vcpu->mirror_root : vcpu->root;
	u64 nr = PAGES_PER_HPAGE(e->level);

	if (vcpu_request_pending(vcpu) || check_in_window(vm, e->gfn, nr) ||
	    check_mmu_write_locked(vm))
		return;
	c->nr_visited++;
	/* Without a valid root the vCPU loads one, and flushes, before it uses any translation. */
	if (!root || root->role.invalid)
		return;
	if (check_folio_free(c, pfn_folio(c->m->folios, spte_to_pfn(e->spte)))) {
		check_finding(c, "freed-mapped", "%s: vCPU %u translates gfn 0x%llx to a free page",
			      vm->name, vcpu->index, (unsigned long long)e->gfn);
		return;
	}
	if (!still_translates(c, root, e->gfn, nr, spte_to_pfn(e->spte)))
		check_finding(c, "tlb-stale", "%s: vCPU %u still translates gfn 0x%llx", vm->name,
			      vcpu->index, (unsigned long long)e->gfn);
}

/* A cache of KVM's own is taken back before its page is unmapped, so there is no excuse. */
static void check_pfn_caches(struct check_pass *c, struct vm *vm)
{
	const struct pfn_caches *gpcs = load_acquire(vm->gpcs);
	struct gfn_to_pfn_cache *gpc;

	if (!gpcs)
		return;
	list_for_each_entry(gpc, &gpcs->list, node) {
		c->nr_visited++;
		if (gpc->valid && check_folio_free(c, pfn_folio(c->m->folios, gpc->pfn)))
			check_finding(c, "freed-mapped",
				      "%s: KVM's cache of gfn 0x%llx leads to a free page",
				      vm->name, (unsigned long long)gpc->gfn);
	}
}

/* A frame in a VMCS is good until the vCPU has been asked to look it up before it enters again. */
static void check_apic_page(struct check_pass *c, const struct vcpu *vcpu)
{
	if (!vcpu->apic_access_pfn || vcpu_request_pending(vcpu))
		return;
	if (!c->at_rest && load_acquire(vcpu->mode) == OUTSIDE_GUEST_MODE)
		return;
	c->nr_visited++;
	if (check_folio_free(c, pfn_folio(c->m->folios, vcpu->apic_access_pfn)))
		check_finding(c, "freed-mapped", "%s: the APIC access page of vCPU %u is free",
			      vcpu->vm->name, vcpu->index);
}

void check_tlbs(struct check_pass *c, struct vm *vm)
{
	for (u32 i = 0; i < vm->nr_vcpus; i++)
		check_apic_page(c, vm->vcpus[i]);
	tlb_for_each(vm, check_tlb_entry, c);
	check_pfn_caches(c, vm);
}
