// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/apic_access.c - the APIC access page of a vCPU.
 *
 * Invariants: AP1 of apic_access.h.  The frame is looked up before mmu_lock is taken: it counts
 * only if no invalidation of the page has begun since.
 *
 * Upstream: arch/x86/kvm/vmx/vmx.c
 * Fidelity: simplified: see the header
 */
#include "model/kvm/apic_access.h"

#include "model/mm/gup.h"

void vcpu_reload_apic_access_page(struct task *me, struct vcpu *vcpu)
{
	gfn_t gfn = APIC_DEFAULT_PHYS_BASE >> PAGE_SHIFT;
	struct vm *vm = vcpu->vm;
	struct memory_slot *slot;
	struct folio *folio;
	u64 mmu_seq;
	s64 n;

	SIM_FRAME(me);
	slot = gfn_to_memslot(me, vm, gfn);
	if (!slot || (slot->flags & MEMSLOT_INVALID) || !slot_is_apic_access(slot))
		return;
	mmu_seq = mmu_invalidate_snapshot(me, vm);
	n = get_user_pages_fast_only(me, vm->mm, slot->userspace_addr, 1, FOLL_GET | FOLL_WRITE,
				     &folio);
	if (n != 1)
		n = get_user_pages_unlocked(me, vm->mm, slot->userspace_addr, 1,
					    FOLL_GET | FOLL_WRITE, &folio);
	if (n != 1)
		return;
	read_lock(me, &vm->mmu_lock);
	if (!bug(me, BUG_APIC_RELOAD) && mmu_invalidate_retry_gfn(me, vm, mmu_seq, gfn))
		vcpu_make_request(vcpu, REQ_APIC_PAGE_RELOAD);
	else
		vcpu->apic_access_pfn = folio_pfn(machine_of(me)->folios, folio);
	/* Not pinned: the notifier asks for another reload. */
	folio_put(me, folio);
	read_unlock(me, &vm->mmu_lock);
}
