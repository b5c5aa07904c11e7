// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/tdx/leaves_split.c - DEMOTE and PROMOTE: one leaf becomes 512 of the level below, and back.
 *
 * Invariants: the children of a split are what the parent was before it was blocked, none locked,
 * none blocked; a merge needs 512 children that differ in nothing but their place.
 *
 * Upstream: intel/tdx-module src/vmm_dispatcher/api_calls/tdh_mem_page_demote.c,
 *           tdh_mem_page_promote.c
 * Fidelity: simplified: no L2 guests, hence no aliases
 */
#include "model/tdx/internal.h"

/* The interrupt has come before anything was committed: begin again, with the same registers. */
static u64 restartable(struct tdx_call *c)
{
	c->a->rcx = c->in_rcx;
	c->a->rdx = c->in_rdx;
	return TDX_INTERRUPTED_RESTARTABLE;
}

static void fill_children(struct sept_page *page, u64 parent, pfn_t pfn, int level)
{
	u64 e = sept_unblocked(parent) & ~(SEPT_HPA | SEPT_TDEL | SEPT_TDHP);

	for (u32 i = 0; i < PAMT_ENTRIES; i++)
		page->e[i] = e | tdx_pfn_pa(pfn + (pfn_t)(i * tdx_level_pages(level - 1)));
}

/**
 * tdh_mem_page_demote - TDH.MEM.PAGE.DEMOTE (15): split a 2M or 1G leaf.
 *
 * In: level 1 or 2, of the leaf; R8 page for the table; dynamic PAMT and level 1: R12, R13 pages
 * for the new PAMT entries.
 * The page at R8 is written before the last check, as there: its content is lost on failure.
 * Upstream: tdh_mem_page_demote.c:tdh_mem_page_demote
 * Fidelity: faithful
 */
u64 tdh_mem_page_demote(struct task *me, struct tdx_call *c)
{
	struct pamt_walk *w = &c->page[0];
	struct sept_page *page;
	struct pamt_entry *e;
	int level;
	pfn_t pfn;
	u64 err;

	err = call_mem(me, c, TDX_LEVEL_2M, TDX_LEVEL_1G, TDX_SHARED);
	if (err)
		return err;
	level = c->ref.level;
	pfn = sept_pfn(c->ref.copy, level);
	e = pamt_entry(me, c->mod, pfn, level);
	err = c->mod->cfg.nonblocking_resize ? TDX_SUCCESS : call_check_tracked(me, c, e);
	if (err)
		return err;
	err = call_lock_page(me, c, 0, c->a->r8, OPERAND_R8, TDX_EXCLUSIVE, TDX_LEVEL_4K, PT_NDA);
	if (err)
		return err;
	cost(me, c->leaf->cost);
	content_private(me, c->td, w->pfn, TDX_LEVEL_4K);
	if (c->mod->cfg.demote_polls && call_interrupted(me, c))
		return restartable(c);
	if (!c->mod->cfg.nonblocking_resize)
		epoch_check(me, c, e);
	err = pamt_demote(me, c->mod, pfn, level, c->a->r12, c->a->r13);
	if (err)
		return err;
	page = sept_page_new(c->mod, w->pfn);
	fill_children(page, c->ref.copy, pfn, level);
	tdx_control_set(me, c->mod, w->pfn, page);
	sept_store(me, c->mod, &c->ref, sept_make(SEPT_NL_MAPPED, w->pfn));
	pamt_assign(me, c->mod, w->pfn, TDX_LEVEL_4K, w->entry, PT_EPT, c->td->tdr);
	step_add_return(me, &c->td->chldcnt, 1);
	return TDX_SUCCESS;
}

/* Child @i of the table that is to be merged, locked if that is how this version does it. */
static u64 child_entry(struct task *me, struct tdx_call *c, struct sept_page *page, u32 i, u64 *e)
{
	u64 old = sept_read(&page->e[i]);

	if (c->mod->cfg.promote_shared) {
		do {
			if (old & SEPT_TDEL) {
				step_or(me, &page->e[i], SEPT_TDHP);
				return TDX_OPERAND_BUSY;
			}
		} while (!step_try_cmpxchg(me, &page->e[i], &old,
					   (old | SEPT_TDEL) & ~SEPT_TDHP));
		c->children = page;
		c->nr_children = i + 1;
	}
	*e = sept_cleanup(old, c->ref.level - 1) & ~(SEPT_TDEL | SEPT_TDHP);
	return TDX_SUCCESS;
}

/* May these 512 become one?  @first: child 0. */
static u64 check_children(struct task *me, struct tdx_call *c, struct sept_page *page, u64 *first)
{
	u64 step = tdx_level_size(c->ref.level - 1), e = 0, err;

	for (u32 i = 0; i < PAMT_ENTRIES; i++) {
		err = child_entry(me, c, page, i, &e);
		if (err)
			return err;
		if (i == 0) {
			*first = e;
			if (!sept_is(e, SEPT_F_MERGE) ||
			    !IS_ALIGNED(e & SEPT_HPA, tdx_level_size(c->ref.level)))
				return TDX_EPT_INVALID_PROMOTE_CONDITIONS;
		} else if (e != *first + i * step) {
			return TDX_EPT_INVALID_PROMOTE_CONDITIONS;
		}
	}
	return TDX_SUCCESS;
}

/**
 * tdh_mem_page_promote - TDH.MEM.PAGE.PROMOTE (23): merge 512 leaves.
 *
 * In: level 1 or 2, of the leaf to be.  Out: RCX the table's page, with TDX_HINT_PAIR; dynamic PAMT
 * and level 1: R12, R13 the pages of the PAMT entries.
 * Upstream: tdh_mem_page_promote.c:tdh_mem_page_promote
 * Fidelity: faithful
 */
u64 tdh_mem_page_promote(struct task *me, struct tdx_call *c)
{
	u64 first = 0, pair[2] = { 0, 0 }, err;
	struct sept_page *page;
	pfn_t table;

	err = call_mem(me, c, TDX_LEVEL_2M, TDX_LEVEL_1G,
		       c->mod->cfg.promote_shared ? TDX_SHARED : TDX_EXCLUSIVE);
	if (err)
		return err;
	table = sept_pfn(c->ref.copy, c->ref.level);
	err = call_lock_mapped(me, c, table, TDX_LEVEL_4K);
	if (err)
		return err;
	err = call_check_tracked(me, c, c->mapped.entry);
	if (err)
		return err;
	page = tdx_control(c->mod, table);
	err = check_children(me, c, page, &first);
	if (err) {
		call_details(c);
		return err | OPERAND_RCX;
	}
	cost(me, c->leaf->cost);
	if (call_interrupted(me, c))
		return restartable(c);
	epoch_check(me, c, c->mapped.entry);
	err = pamt_promote(me, c->mod, sept_pfn(first, c->ref.level - 1), c->ref.level, pair);
	if (err)
		return err | OPERAND_RCX;
	c->a->r12 = pair[0];
	c->a->r13 = pair[1];
	c->nr_children = 0; /* their locks go with the table */
	sept_store(me, c->mod, &c->ref, first);
	step_add_return(me, &c->td->chldcnt, -1);
	tdx_control_set(me, c->mod, table, NULL);
	content_given_back(me, c->td, table, TDX_LEVEL_4K);
	c->a->rcx = tdx_pfn_pa(table) |
		    pamt_release(me, c->mod, table, TDX_LEVEL_4K, c->mapped.entry);
	return TDX_SUCCESS;
}
