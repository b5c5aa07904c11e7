// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/tdx_host.c - what KVM has once per machine for TDX: the module, HKIDs, its pages.
 *
 * Every frame that KVM has for TDX and not for a guest (control pages, pages of PAMT pairs and in
 * caches of them) is in a set; each has one reference.  It is how the ledger of references knows
 * them, and how a leak is seen: what is in the set when no TD is left.
 *
 * Invariant: an HKID is in use from tdx_guest_keyid_alloc() until KEY.FREEID has worked.
 *
 * Upstream: arch/x86/kvm/vmx/tdx.c, arch/x86/virt/vmx/tdx/tdx.c
 * Fidelity: simplified: no cgroup charge, the CPUs are always online
 */
#include "model/kvm/tdx_host.h"

#include "model/mm/folio.h"

#include <string.h>

#define BITS 64u

struct tdx_host *tdx_host_get(struct machine *m)
{
	struct tdx_module_config cfg = m->cfg.tdx;
	struct sim *sim = m->sim;
	struct tdx_host *host = m->tdx;

	if (host)
		return host;
	host = sim_zalloc(sim, sizeof(*host));
	host->machine = m;
	cfg.interrupt_pending = cfg.interrupt_pending ? cfg.interrupt_pending :
							tdx_interrupt_pending;
	/* The module's tables are for the memory there is. */
	cfg.tdmr_pages = cfg.tdmr_pages ? cfg.tdmr_pages : folio_map_end(m->folios);
	host->mod = tdx_module_create(m, &cfg);
	host->obj = sim_new_obj(sim);
	host->nr_packages = max(m->cfg.tdx.nr_packages, 1u);
	host->nr_hkids = m->cfg.tdx.nr_hkids ? m->cfg.tdx.nr_hkids : 64;
	mutex_init(sim, &host->tdx_lock, "tdx_lock");
	host->hkid_bitmap = sim_zalloc(sim, (host->nr_hkids / BITS + 1) * sizeof(u64));
	host->associated_tdvcpus = sim_alloc(sim, sim->cfg.nr_cpus * sizeof(struct list_head));
	for (u32 i = 0; i < sim->cfg.nr_cpus; i++)
		INIT_LIST_HEAD(&host->associated_tdvcpus[i]);
	tdx_pamt_init(host);
	m->tdx = host;
	return host;
}

/* --- HKIDs --- */

int tdx_guest_keyid_alloc(struct tdx_host *host)
{
	struct sim *sim = host->machine->sim;
	int hkid = -ENOSPC;

	sim_guard_lock(sim, &host->guard);
	for (u32 i = 1; i <= host->nr_hkids; i++) {
		if (host->hkid_bitmap[i / BITS] >> i % BITS & 1)
			continue;
		host->hkid_bitmap[i / BITS] |= BIT_ULL(i % BITS);
		host->nr_configured_hkid++;
		hkid = (int)i;
		break;
	}
	sim_guard_unlock(sim, &host->guard);
	return hkid;
}

void tdx_hkid_free(struct vm *vm)
{
	struct tdx_host *host = vm->tdx->host;
	struct sim *sim = host->machine->sim;
	u32 hkid = vm->tdx->hkid;

	sim_guard_lock(sim, &host->guard);
	host->hkid_bitmap[hkid / BITS] &= ~BIT_ULL(hkid % BITS);
	host->nr_configured_hkid--;
	sim_guard_unlock(sim, &host->guard);
	store_release(vm->tdx->hkid, (u16)0);
}

/* --- pages --- */

static void pages_grow(struct sim *sim, struct tdx_pages *set, u32 words)
{
	u64 *bitmap = sim_zalloc(sim, words * sizeof(u64));

	if (set->bitmap) {
		memcpy(bitmap, set->bitmap, set->nr_words * sizeof(u64));
		sim_free(sim, set->bitmap, set->nr_words * sizeof(u64));
	}
	set->bitmap = bitmap;
	set->nr_words = words;
}

static void page_note(struct tdx_host *host, pfn_t pfn, bool ours)
{
	struct sim *sim = host->machine->sim;
	struct tdx_pages *set = &host->pages;

	sim_guard_lock(sim, &host->guard);
	if (pfn / BITS >= set->nr_words)
		pages_grow(sim, set, max(set->nr_words * 2, pfn / BITS + 1));
	SIM_ASSERT((set->bitmap[pfn / BITS] >> pfn % BITS & 1) == !ours);
	set->bitmap[pfn / BITS] ^= BIT_ULL(pfn % BITS);
	set->nr += ours ? 1 : -1u;
	sim_guard_unlock(sim, &host->guard);
}

pfn_t tdx_alloc_page(struct task *me, struct tdx_host *host)
{
	struct folio *folio = folio_alloc(me);
	pfn_t pfn;

	if (!folio)
		return 0;
	pfn = folio_pfn(host->machine->folios, folio);
	page_note(host, pfn, true);
	return pfn;
}

void tdx_free_page(struct task *me, struct tdx_host *host, pfn_t pfn)
{
	page_note(host, pfn, false);
	folio_put(me, pfn_folio(host->machine->folios, pfn));
}

void tdx_host_for_each_page(const struct machine *m, void (*fn)(pfn_t pfn, void *arg), void *arg)
{
	const struct tdx_pages *set = m->tdx ? &m->tdx->pages : NULL;

	for (u32 i = 0; set && i < set->nr_words; i++) {
		for (u64 w = set->bitmap[i]; w; w &= w - 1)
			fn((pfn_t)(i * BITS + (u32)__builtin_ctzll(w)), arg);
	}
}
