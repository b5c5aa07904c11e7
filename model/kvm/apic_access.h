/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/kvm/apic_access.h - the APIC access page: a frame that vCPUs keep outside the page table.
 *
 * With APIC virtualisation each VMCS has the frame of the page at 0xfee00000.  Nobody holds
 * a reference to it: the vCPUs look it up again whenever an mmu_notifier has taken it away.
 *
 * Invariants:
 *  AP1 A vCPU that enters the guest without a pending REQ_APIC_PAGE_RELOAD has the frame that is
 *      mapped at the page's user address, or the one it had when there is none.
 *
 * Upstream: arch/x86/kvm/vmx/vmx.c:vmx_set_apic_access_page_addr,
 *	     arch/x86/kvm/mmu/mmu.c:kvm_unmap_gfn_range
 * Fidelity: simplified: the slot is the user's (one page at 0xfee00000), not KVM's private one
 */
#ifndef MODEL_KVM_APIC_ACCESS_H
#define MODEL_KVM_APIC_ACCESS_H

#include "model/kvm/vcpu.h"

#define APIC_DEFAULT_PHYS_BASE 0xfee00000ull

/* Does @slot hold the APIC access page? */
static inline bool slot_is_apic_access(const struct memory_slot *slot)
{
	return unlikely(slot->base_gfn == APIC_DEFAULT_PHYS_BASE >> PAGE_SHIFT &&
			slot->npages == 1);
}

/**
 * vcpu_reload_apic_access_page - look the frame up for the VMCS.
 *
 * Upstream: arch/x86/kvm/vmx/vmx.c:vmx_set_apic_access_page_addr
 * Fidelity: faithful
 * Context: vm->srcu held for reading; may sleep.
 */
void vcpu_reload_apic_access_page(struct task *me, struct vcpu *vcpu);

#endif
