// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/tdx/pamt_split.c - PAMT entries that are split and merged; the pages dynamic PAMT needs.
 *
 * Splitting and merging lock only the one entry that is the leaf before or after, without the ones
 * above: the caller has its page through the S-EPT.  With dynamic PAMT, 512 entries of 4K live in a
 * pair of pages that the host lends; a page that is lent is marked in a bitmap and cannot be
 * anything else meanwhile.
 *
 * Invariant: on failure nothing has changed, the marks of lent pages included.
 *
 * Upstream: intel/tdx-module src/common/memory_handlers/pamt_manager.c:pamt_demote, pamt_promote;
 *           src/vmm_dispatcher/api_calls/tdh_phymem_pamt_add.c
 * Fidelity: faithful
 */
#include "model/tdx/internal.h"

static pfn_t hpa_pfn(u64 hpa)
{
	return (pfn_t)(hpa >> PAGE_SHIFT);
}

/**
 * pamt_pages_check - may these two pages be lent for the PAMT?
 * @region: frame of the 2M whose entry the caller has exclusive: pages in it are not walked to;
 *	    PFN_NONE: all are
 * @w: what has been locked shared; the caller unlocks it, also after an error
 */
u64 pamt_pages_check(struct task *me, struct tdx_module *mod, pfn_t region, const u64 hpa[2],
		     const u32 operand[2], struct pamt_walk w[2])
{
	u64 err;

	for (int i = 0; i < 2; i++) {
		if (region != PFN_NONE &&
		    hpa_pfn(hpa[i]) >> PFN_2M_SHIFT == region >> PFN_2M_SHIFT)
			continue;
		err = pamt_lock_walk(me, mod, hpa_pfn(hpa[i]), TDX_SHARED, TDX_LEVEL_4K,
				     mod->class_pamt, &w[i]);
		if (err)
			return err | operand[i];
		if (pamt_type(w[i].entry) != PT_NDA)
			return TDX_PAGE_NOT_FREE | operand[i];
	}
	return TDX_SUCCESS;
}

/**
 * pamt_pages_claim - mark both pages as lent, or neither.
 */
u64 pamt_pages_claim(struct task *me, struct tdx_module *mod, const u64 hpa[2],
		     const u32 operand[2])
{
	struct pamt_region *r0 = pamt_region(me, mod, hpa_pfn(hpa[0]));
	struct pamt_region *r1 = pamt_region(me, mod, hpa_pfn(hpa[1]));

	if (!pamt_bit_set(me, r0, hpa_pfn(hpa[0])))
		return TDX_PAGE_NOT_FREE | operand[0];
	if (pamt_bit_set(me, r1, hpa_pfn(hpa[1])))
		return TDX_SUCCESS;
	pamt_bit_clear(me, r0, hpa_pfn(hpa[0]));
	return TDX_PAGE_NOT_FREE | operand[1];
}

void pamt_pages_drop(struct task *me, struct tdx_module *mod, const u64 hpa[2])
{
	for (int i = 0; i < 2; i++)
		pamt_bit_clear(me, pamt_region(me, mod, hpa_pfn(hpa[i])), hpa_pfn(hpa[i]));
}

/* The two pages that DEMOTE is given: @w is what is locked then.  If it fails nothing changed. */
static u64 demote_pages(struct task *me, struct tdx_module *mod, const u64 hpa[2],
			struct pamt_walk w[2])
{
	static const u32 operand[2] = { OPERAND_R12, OPERAND_R13 };
	u64 err = TDX_SUCCESS;

	for (int i = 0; i < 2 && !err; i++) {
		if (pamt_check_hpa(mod, hpa[i], TDX_LEVEL_4K) == TDX_OPERAND_INVALID)
			err = TDX_OPERAND_INVALID | operand[i];
	}
	for (int i = 0; i < 2 && !err; i++) {
		if (pamt_check_hpa(mod, hpa[i], TDX_LEVEL_4K))
			err = TDX_OPERAND_ADDR_RANGE_ERROR | operand[i];
	}
	if (!err)
		err = pamt_pages_check(me, mod, PFN_NONE, hpa, operand, w);
	return err ? err : pamt_pages_claim(me, mod, hpa, operand);
}

static struct pamt_entry *child(struct task *me, struct tdx_module *mod, pfn_t pfn, int level,
				u32 i)
{
	return pamt_entry(me, mod, pfn + (pfn_t)(i * tdx_level_pages(level - 1)), level - 1);
}

/**
 * pamt_demote - one page of @level becomes 512 of the level below.
 * @hpa0, @hpa1: dynamic PAMT: pages for the new entries
 *
 * Return: TDX_SUCCESS, or a status with its operand.
 */
u64 pamt_demote(struct task *me, struct tdx_module *mod, pfn_t pfn, int level, u64 hpa0, u64 hpa1)
{
	const u64 hpa[2] = { hpa0, hpa1 };
	struct pamt_region *r = pamt_region(me, mod, pfn);
	bool dynamic = mod->cfg.dynamic_pamt && level == TDX_LEVEL_2M;
	struct pamt_walk w, pages[2] = { { .entry = NULL } };
	u64 err;

	err = pamt_lock_implicit(me, mod, pfn, level, TDX_EXCLUSIVE, mod->class_pamt, &w);
	if (err)
		return err | OPERAND_RCX;
	if (dynamic)
		err = demote_pages(me, mod, hpa, pages);
	if (!err) {
		cost(me, COST_tdx_pamt_scan);
		for (u32 i = 0; i < PAMT_ENTRIES; i++)
			pamt_set(child(me, mod, pfn, level, i), PT_REG, w.entry->owner);
		if (level == TDX_LEVEL_2M)
			store_release(r->nr_used, PAMT_ENTRIES);
		if (dynamic) {
			r->pair[0] = hpa_pfn(hpa0);
			r->pair[1] = hpa_pfn(hpa1);
		}
		store_release(w.entry->type, (u8)(dynamic ? PT_PAMT : PT_NDA));
	}
	pamt_unlock(me, mod, &pages[1]);
	pamt_unlock(me, mod, &pages[0]);
	pamt_unlock(me, mod, &w);
	return err;
}

/**
 * pamt_promote - 512 pages of one owner become one of @level.
 * @hpa: dynamic PAMT: the pages the host gets back
 *
 * Return: TDX_SUCCESS or TDX_OPERAND_BUSY.
 */
u64 pamt_promote(struct task *me, struct tdx_module *mod, pfn_t pfn, int level, u64 hpa[2])
{
	struct pamt_region *r = pamt_region(me, mod, pfn);
	bool dynamic = mod->cfg.dynamic_pamt && level == TDX_LEVEL_2M;
	pfn_t owner = child(me, mod, pfn, level, 0)->owner;
	struct pamt_walk w;
	u64 err;

	err = pamt_lock_implicit(me, mod, pfn, level, TDX_EXCLUSIVE, mod->class_pamt, &w);
	if (err)
		return err;
	cost(me, COST_tdx_pamt_scan);
	for (u32 i = 0; i < PAMT_ENTRIES; i++)
		store_release(child(me, mod, pfn, level, i)->type, (u8)PT_NDA);
	if (level == TDX_LEVEL_2M)
		store_release(r->nr_used, 0);
	if (dynamic) {
		hpa[0] = tdx_pfn_pa(r->pair[0]);
		hpa[1] = tdx_pfn_pa(r->pair[1]);
		pamt_pages_drop(me, mod, hpa);
	}
	pamt_set(w.entry, PT_REG, owner);
	pamt_unlock(me, mod, &w);
	return TDX_SUCCESS;
}
