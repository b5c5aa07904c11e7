// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/tdx_spt.c - pages for S-EPT tables: taken beforehand, given back if they were not used.
 *
 * An S-EPT page has its PAMT pair from its allocation on, so that linking it needs nothing but the
 * SEAMCALL.  A struct mmu_page's external_spt is the frame's number.
 *
 * Invariant: a page that was linked (TDH.MEM.SEPT.ADD, DEMOTE) is freed by tdx_reclaim_control_page
 * only, at once when its table is unhooked: dropping the pair in the RCU callback would take
 * pamt_lock in softirq (facts/races.md dpamt-lock-softirq).
 *
 * Upstream: arch/x86/kvm/vmx/tdx.c, arch/x86/kvm/mmu/mmu.c (dynamic PAMT v6)
 * Fidelity: faithful
 */
#include "model/kvm/tdx_host.h"

#include "model/fails.h"

/* Pairs for the pages of one fault: one, and one for who has to try again. */
#define FAULT_PAIRS 2

int tdx_topup_external_cache(struct task *me, struct vcpu *vcpu)
{
	struct vcpu_tdx *tdx = vcpu->tdx;
	struct tdx_host *host = vcpu->vm->tdx->host;

	SIM_ASSERT(tdx);
	while (tdx->nr_external_spt < TDX_SPT_CACHE) {
		pfn_t pfn = sim_should_fail(me, "mmu_external_cache") ?
				    0 :
				    tdx_alloc_control_page(me, host);

		if (!pfn)
			return -ENOMEM;
		tdx->external_spt[tdx->nr_external_spt++] = pfn;
	}
	return tdx_topup_pamt_cache(me, host, &tdx->pamt_cache, FAULT_PAIRS);
}

static void *spt_of_pfn(pfn_t pfn)
{
	return (void *)(uintptr_t)pfn;
}

void *tdx_alloc_external_spt(struct task *me, struct vm *vm, struct vcpu *vcpu)
{
	struct vcpu_tdx *tdx = vcpu ? vcpu->tdx : NULL;

	if (tdx) {
		SIM_ASSERT(tdx->nr_external_spt);
		return spt_of_pfn(tdx->external_spt[--tdx->nr_external_spt]);
	}
	if (tdx_topup_split_cache(me, vm))
		return NULL;
	if (bug(me, BUG_SPLIT_NO_GET))
		return spt_of_pfn(tdx_alloc_page(me, vm->tdx->host));
	return spt_of_pfn(tdx_alloc_control_page(me, vm->tdx->host));
}

void tdx_free_unused_spt(struct task *me, struct vm *vm, void *external_spt)
{
	tdx_free_control_page(me, vm->tdx->host, tdx_spt_pfn(external_spt));
}
