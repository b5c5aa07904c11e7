/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/kvm/tdx_pamt.h - dynamic PAMT, KVM's and the kernel's side of it.
 *
 * With dynamic PAMT each 2 MiB region in which a 4K page is a TD's needs two pages of PAMT.  One
 * reference count per region for the whole machine says how many of its 4K pages do; the first
 * brings the pair (TDH.PHYMEM.PAMT.ADD), the last takes it away (PAMT.REMOVE).  A 2M leaf needs no
 * pair.  Without dynamic PAMT all of these do nothing and succeed.
 *
 * Who holds a reference: each control page (TDR, TDCS, TDVPR, TDCX, S-EPT pages) from its
 * allocation to its freeing, each 4K private page from before PAGE.ADD or AUG until after REMOVE or
 * RECLAIM, 512 of them for a 2M leaf that was demoted.
 *
 * Invariants:
 *  D1 A count leaves 0 and comes to 0 under pamt_lock only, in one section with its SEAMCALL.
 *  D2 A region's count is not 0 exactly if the module has its pair.
 *  D3 Nothing is allocated under pamt_lock or mmu_lock: pairs come from caches.
 *
 * Upstream: arch/x86/virt/vmx/tdx/tdx.c:tdx_pamt_get, tdx_pamt_put (dynamic PAMT v6)
 * Fidelity: faithful
 */
#ifndef MODEL_KVM_TDX_PAMT_H
#define MODEL_KVM_TDX_PAMT_H

#include "model/machine.h"

struct tdx_host;
struct vm;

#define TDX_PAMT_CACHE_PAGES 16u
#define TDX_DPAMT_PAGES	     2u /* of a pair */
#define PAMT_REGION_LOCKS    64u /* of the variant that has one for each region */

/* Pages to make pairs of. */
struct tdx_pamt_cache {
	/* protected by its owner: vcpu->mutex, or vm_tdx->prealloc_split_cache_lock */
	pfn_t page[TDX_PAMT_CACHE_PAGES];
	u32 nr;
};

/**
 * tdx_supports_dynamic_pamt - do regions need a pair?
 */
bool tdx_supports_dynamic_pamt(const struct tdx_host *host);

/**
 * tdx_topup_pamt_cache - have enough in @cache for @nr_pairs pairs.
 *
 * Upstream: topup_tdx_pamt_cache
 * Fidelity: faithful
 * Fail site: "tdx_pamt_page".
 * Context: may sleep; who owns the cache.
 * Return: 0 or -ENOMEM, with what was had left in the cache.
 */
int tdx_topup_pamt_cache(struct task *me, struct tdx_host *host, struct tdx_pamt_cache *cache,
			 u32 nr_pairs);
void tdx_free_pamt_cache(struct task *me, struct tdx_pamt_cache *cache);

/**
 * tdx_pamt_get - the 4K page @pfn is about to be a TD's: its region needs a pair.
 * @cache: where the pair comes from; NULL: from the allocator (may sleep then)
 *
 * Upstream: tdx_pamt_get
 * Fidelity: faithful
 * Context: with a cache any but interrupts; takes pamt_lock.
 * Return: 0, -ENOMEM (cache empty, no memory), -EIO (the module refused).
 */
int tdx_pamt_get(struct task *me, struct tdx_host *host, pfn_t pfn, struct tdx_pamt_cache *cache);

/**
 * tdx_pamt_put - the 4K page @pfn is no longer a TD's.
 *
 * If the module refuses to give the pair back, the count stays 1 and the pair is lost with it.
 * Upstream: tdx_pamt_put
 * Fidelity: faithful
 * Context: as tdx_pamt_get(); never sleeps.
 */
void tdx_pamt_put(struct task *me, struct tdx_host *host, pfn_t pfn);

/**
 * tdx_pamt_demote_begin / tdx_pamt_demote_end - around TDH.MEM.PAGE.DEMOTE of the 2M leaf at @pfn.
 * @pair: pages for R12 and R13, physical; 0 without dynamic PAMT
 * @done: DEMOTE has worked: the region's count is 512 now
 *
 * DEMOTE needs the 2M PAMT entry exclusive, and another TD's PAMT.ADD with a page in that region
 * has it shared: pamt_lock is held between the two calls (facts R9).
 * Context: mmu_lock held for write; in between, nothing may sleep.
 * Return: 0, or -EIO if the VM's split cache has no pair (nothing is held then).
 */
int tdx_pamt_demote_begin(struct task *me, struct vm *vm, pfn_t pfn, u64 pair[2]);
void tdx_pamt_demote_end(struct task *me, struct vm *vm, pfn_t pfn, const u64 pair[2], bool done);

/**
 * tdx_topup_split_cache - have a pair ready for the next split.
 *
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_topup_vm_split_cache (TDX huge pages v3, 19/24)
 * Fidelity: faithful
 * Context: may sleep; mmu_lock not held.
 * Return: 0 or -ENOMEM.
 */
int tdx_topup_split_cache(struct task *me, struct vm *vm);

/**
 * tdx_alloc_control_page / tdx_free_control_page - a page that the module may be given, its region
 * with a pair.
 *
 * Upstream: arch/x86/virt/vmx/tdx/tdx.c:tdx_alloc_control_page, tdx_free_control_page
 * Fidelity: faithful
 * Fail site: "folio_alloc".
 * Context: alloc may sleep.
 * Return: the frame, or 0.
 */
pfn_t tdx_alloc_control_page(struct task *me, struct tdx_host *host);
void tdx_free_control_page(struct task *me, struct tdx_host *host, pfn_t pfn);

/**
 * tdx_free_control_page_rcu - the variant dpamt-lock-softirq: the page goes in this CPU's softirq.
 * tdx_softirq - an interrupt comes, if any can: what waits for this CPU's softirq is done now.
 *
 * Upstream: RFC v5 of the combined series, tdp_mmu_free_sp_rcu_callback
 * Fidelity: simplified: a grace period has no length; the interrupt comes where it hurts
 */
void tdx_free_control_page_rcu(struct task *me, struct tdx_host *host, pfn_t pfn);
void tdx_softirq(struct task *me, struct tdx_host *host);

/* For checks: the count of the region of @pfn.  Context: any; no visible operation. */
u32 tdx_pamt_refcount(const struct tdx_host *host, pfn_t pfn);

#endif
