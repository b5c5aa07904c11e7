// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/tdx/leaves_mem.c - SEAMCALLs on the private memory of a TD: tables, pages, blocking.
 *
 * Registers, unless a leaf says otherwise: RCX page_info (level in bits 2:0, address above), RDX
 * TDR; out RCX and RDX the S-EPT entry and its level and state if that is what was wrong, else 0.
 *
 * Invariant: a leaf first looks at everything, then changes everything (X2 of internal.h).
 *
 * Upstream: intel/tdx-module src/vmm_dispatcher/api_calls/tdh_mem_*.c
 * Fidelity: simplified: no L2 guests, hence no aliases; else as each leaf says
 */
#include "model/tdx/internal.h"

static void chldcnt_add(struct task *me, struct tdx_td *td, s64 pages)
{
	step_add_return(me, &td->chldcnt, pages);
}

/* A new table in frame @pfn below the entry, whose lock stays with the caller. */
static void link_table(struct task *me, struct tdx_call *c, struct pamt_walk *w,
		       struct sept_page *page)
{
	tdx_control_set(me, c->mod, w->pfn, page);
	content_private(me, c->td, w->pfn, TDX_LEVEL_4K);
	sept_store(me, c->mod, &c->ref, sept_make(SEPT_NL_MAPPED, w->pfn));
	pamt_assign(me, c->mod, w->pfn, TDX_LEVEL_4K, w->entry, PT_EPT, c->td->tdr);
	chldcnt_add(me, c->td, 1);
}

/**
 * tdh_mem_sept_add - TDH.MEM.SEPT.ADD (3): a table below an entry.
 *
 * In: level 1 or more; RDX bit 0: an existing table is fine; R8 page for the table.
 * Out: R8 with bit 63 if there was one.
 * Upstream: src/vmm_dispatcher/api_calls/tdh_mem_sept_add.c:tdh_mem_sept_add
 * Fidelity: simplified: no L2 pages, hence never interrupted
 */
u64 tdh_mem_sept_add(struct task *me, struct tdx_call *c)
{
	bool allow_existing = c->in_rdx & TDX_ALLOW_EXISTING;
	u64 err;

	c->in_rdx &= ~TDX_ALLOW_EXISTING;
	err = call_mem(me, c, TDX_LEVEL_2M, -1, TDX_SHARED);
	if (err)
		return err;
	if (sept_state(c->ref.copy) != SEPT_FREE) {
		if (!allow_existing)
			return call_state_incorrect(c);
		c->a->r8 |= BIT_ULL(63);
		return TDX_SUCCESS;
	}
	err = call_lock_page(me, c, 0, c->a->r8, OPERAND_R8, TDX_EXCLUSIVE, TDX_LEVEL_4K, PT_NDA);
	if (err)
		return err;
	cost(me, c->leaf->cost);
	link_table(me, c, &c->page[0], sept_page_new(c->mod, c->page[0].pfn));
	return TDX_SUCCESS;
}

/**
 * tdh_mem_page_add - TDH.MEM.PAGE.ADD (2): a page with content, before the TD runs.
 *
 * In: level 0; R8 the page; R9 what to copy into it.
 * The TDR is exclusive, which stands for all other locks.
 * Upstream: src/vmm_dispatcher/api_calls/tdh_mem_page_add.c:tdh_mem_page_add
 * Fidelity: simplified: the measurement is a number
 */
u64 tdh_mem_page_add(struct task *me, struct tdx_call *c)
{
	struct tdx_td *td;
	u64 err;

	c->a->rcx = 0;
	c->a->rdx = 0;
	err = call_lock_tdr(me, c, c->in_rdx, OPERAND_RDX, TDX_EXCLUSIVE, PT_TDR);
	if (err)
		return err;
	td = c->td;
	err = call_td_state(me, c, false);
	if (err)
		return err;
	err = call_walk(me, c, TDX_LEVEL_4K, TDX_LEVEL_4K, TDX_UNLOCKED);
	if (err)
		return err;
	if (!(c->leaf->entry_states >> sept_state(c->ref.copy) & 1))
		return call_state_incorrect(c);
	if (!IS_ALIGNED(c->a->r9, PAGE_SIZE) || c->a->r9 >> TDX_HKID_SHIFT)
		return TDX_OPERAND_INVALID | OPERAND_R9;
	err = call_lock_page(me, c, 0, c->a->r8, OPERAND_R8, TDX_EXCLUSIVE, TDX_LEVEL_4K, PT_NDA);
	if (err)
		return err;
	cost(me, c->leaf->cost);
	content_copy(me, td, c->page[0].pfn, (pfn_t)(c->a->r9 >> PAGE_SHIFT));
	sim_point(me, c->ref.obj, SIM_WRITE);
	store_release(*c->ref.entry, sept_make(SEPT_MAPPED, c->page[0].pfn));
	td->measured = (td->measured ^ c->ref.gpa) * 0x9e3779b97f4a7c15ull;
	chldcnt_add(me, td, 1);
	pamt_assign(me, c->mod, c->page[0].pfn, TDX_LEVEL_4K, c->page[0].entry, PT_REG, td->tdr);
	return TDX_SUCCESS;
}

/**
 * tdh_mem_page_aug - TDH.MEM.PAGE.AUG (6): a page that the guest has to accept.
 *
 * In: level 0 or 1; R8 page of that size.
 * Upstream: src/vmm_dispatcher/api_calls/tdh_mem_page_aug.c:tdh_mem_page_aug
 * Fidelity: faithful
 */
u64 tdh_mem_page_aug(struct task *me, struct tdx_call *c)
{
	struct pamt_walk *w = &c->page[0];
	int level;
	u64 err;

	err = call_mem(me, c, TDX_LEVEL_4K, TDX_LEVEL_2M, TDX_SHARED);
	if (err)
		return err;
	level = c->ref.level;
	err = call_lock_page(me, c, 0, c->a->r8, OPERAND_R8, TDX_EXCLUSIVE, level, PT_NDA);
	if (err)
		return err;
	if (level == TDX_LEVEL_2M) {
		cost(me, COST_tdx_pamt_scan);
		if (!pamt_range_free(c->mod, w->region))
			return TDX_PAGE_METADATA_INCORRECT | OPERAND_R8;
	}
	cost(me, c->leaf->cost);
	content_private(me, c->td, w->pfn, level);
	c->entry_locked = false;
	sept_store_unlock(me, c->mod, &c->ref, sept_make(SEPT_PENDING, w->pfn));
	chldcnt_add(me, c->td, (s64)tdx_level_pages(level));
	pamt_assign(me, c->mod, w->pfn, level, w->entry, PT_REG, c->td->tdr);
	return TDX_SUCCESS;
}

/* The PAMT entry that knows when an entry was blocked: the page's, or the table's. */
static struct pamt_entry *entry_pamt(struct task *me, struct tdx_call *c, pfn_t *pfn, int *level)
{
	*level = sept_kind(sept_state(c->ref.copy)) == SEPT_KIND_L ? c->ref.level : TDX_LEVEL_4K;
	*pfn = sept_pfn(c->ref.copy, c->ref.level);
	return pamt_entry(me, c->mod, *pfn, *level);
}

static enum sept_state blocked_state(u64 e)
{
	switch (sept_state(e)) {
	case SEPT_NL_MAPPED:
		return SEPT_NL_BLOCKED;
	case SEPT_MAPPED:
	case SEPT_BLOCKEDW:
		return SEPT_BLOCKED;
	default:
		return SEPT_PENDING_BLOCKED;
	}
}

/**
 * tdh_mem_range_block - TDH.MEM.RANGE.BLOCK (7): nobody new gets at the page, or at the table.
 *
 * In: any level.
 * Upstream: src/vmm_dispatcher/api_calls/tdh_mem_range_block.c:tdh_mem_range_block
 * Fidelity: faithful
 */
u64 tdh_mem_range_block(struct task *me, struct tdx_call *c)
{
	struct pamt_entry *e;
	pfn_t pfn;
	int level;
	u64 err;

	err = call_mem(me, c, TDX_LEVEL_4K, -1, TDX_EXCLUSIVE);
	if (err) {
		if (c->entry_locked && sept_is(c->ref.copy, SEPT_F_BLOCKED))
			err = TDX_GPA_RANGE_ALREADY_BLOCKED | OPERAND_RCX;
		return err;
	}
	cost(me, c->leaf->cost);
	e = entry_pamt(me, c, &pfn, &level);
	sept_store(me, c->mod, &c->ref, sept_with_state(sept_cleanup(c->ref.copy, c->ref.level),
						       blocked_state(c->ref.copy)));
	epoch_block(me, c->td, e); /* after the store */
	return TDX_SUCCESS;
}

/**
 * tdh_mem_range_unblock - TDH.MEM.RANGE.UNBLOCK (39): as it was before BLOCK, once that is tracked.
 *
 * In: any level.
 * Upstream: src/vmm_dispatcher/api_calls/tdh_mem_range_unblock.c:tdh_mem_range_unblock
 * Fidelity: faithful (the operand of TLB_TRACKING_NOT_DONE is RCX, in 1.5.01 it was SEPT_TREE)
 */
u64 tdh_mem_range_unblock(struct task *me, struct tdx_call *c)
{
	struct pamt_entry *e;
	pfn_t pfn;
	int level;
	u64 err;

	err = call_mem(me, c, TDX_LEVEL_4K, -1, TDX_EXCLUSIVE);
	if (err)
		return err;
	e = entry_pamt(me, c, &pfn, &level);
	err = call_check_tracked(me, c, e);
	if (err)
		return err;
	cost(me, c->leaf->cost);
	store_release(e->blocked_at, 0);
	c->entry_locked = false;
	sept_store_unlock(me, c->mod, &c->ref, sept_unblocked(c->ref.copy));
	return TDX_SUCCESS;
}

/**
 * tdh_mem_page_remove - TDH.MEM.PAGE.REMOVE (29): the page is the host's again; nothing is cleared.
 *
 * In: level 0 to 2.  Out: RCX the page, with TDX_HINT_PAIR.
 * Upstream: src/vmm_dispatcher/api_calls/tdh_mem_page_remove.c:tdh_mem_page_remove
 * Fidelity: faithful
 */
u64 tdh_mem_page_remove(struct task *me, struct tdx_call *c)
{
	int level;
	pfn_t pfn;
	u64 err;

	err = call_mem(me, c, TDX_LEVEL_4K, TDX_LEVEL_1G, TDX_SHARED);
	if (err)
		return err;
	level = c->ref.level;
	pfn = sept_pfn(c->ref.copy, level);
	err = call_lock_mapped(me, c, pfn, level);
	if (err)
		return err;
	err = call_check_tracked(me, c, c->mapped.entry);
	if (err)
		return err;
	cost(me, c->leaf->cost);
	epoch_check(me, c, c->mapped.entry);
	content_given_back(me, c->td, pfn, level);
	c->entry_locked = false;
	sept_store_unlock(me, c->mod, &c->ref, sept_make(SEPT_FREE, 0));
	chldcnt_add(me, c->td, -(s64)tdx_level_pages(level));
	c->a->rcx = tdx_pfn_pa(pfn);
	if (!bug(me, BUG_TDX_LOST_PAMT))
		c->a->rcx |= pamt_release(me, c->mod, pfn, level, c->mapped.entry);
	return TDX_SUCCESS;
}

static bool table_empty(struct task *me, const struct sept_page *page)
{
	for (u32 i = 0; i < PAMT_ENTRIES; i++) {
		if (sept_kind(sept_state(sept_read(&page->e[i]))) != SEPT_KIND_F)
			return false;
	}
	return true;
}

/**
 * tdh_mem_sept_remove - TDH.MEM.SEPT.REMOVE (30): take away an empty table.
 *
 * In: level 1 or more, of the entry that leads to it.  Out: RCX the page, with TDX_HINT_PAIR.
 * Upstream: src/vmm_dispatcher/api_calls/tdh_mem_sept_remove.c:tdh_mem_sept_remove
 * Fidelity: faithful
 */
u64 tdh_mem_sept_remove(struct task *me, struct tdx_call *c)
{
	pfn_t pfn;
	u64 err;

	err = call_mem(me, c, TDX_LEVEL_2M, -1, TDX_EXCLUSIVE);
	if (err)
		return err;
	pfn = sept_pfn(c->ref.copy, c->ref.level);
	err = call_lock_mapped(me, c, pfn, TDX_LEVEL_4K);
	if (err)
		return err;
	err = call_check_tracked(me, c, c->mapped.entry);
	if (err)
		return err;
	cost(me, c->leaf->cost);
	if (!table_empty(me, tdx_control(c->mod, pfn))) {
		call_details(c);
		return TDX_EPT_PAGE_NOT_FREE | OPERAND_RCX;
	}
	epoch_check(me, c, c->mapped.entry);
	c->entry_locked = false;
	sept_store_unlock(me, c->mod, &c->ref, sept_make(SEPT_FREE, 0));
	chldcnt_add(me, c->td, -1);
	tdx_control_set(me, c->mod, pfn, NULL);
	content_given_back(me, c->td, pfn, TDX_LEVEL_4K);
	c->a->rcx = tdx_pfn_pa(pfn) | pamt_release(me, c->mod, pfn, TDX_LEVEL_4K, c->mapped.entry);
	return TDX_SUCCESS;
}

/**
 * tdh_mem_sept_rd - TDH.MEM.SEPT.RD (25): what is in an entry.
 *
 * In: any level.  Out: RCX the entry, RDX level and state.
 * Upstream: src/vmm_dispatcher/api_calls/tdh_mem_sept_rd.c:tdh_mem_sept_rd
 * Fidelity: simplified: no L2 attributes
 */
u64 tdh_mem_sept_rd(struct task *me, struct tdx_call *c)
{
	u64 err = call_mem(me, c, TDX_LEVEL_4K, -1, TDX_SHARED);

	if (err)
		return err;
	cost(me, c->leaf->cost);
	call_details(c);
	return TDX_SUCCESS;
}

/**
 * tdh_mem_page_relocate - TDH.MEM.PAGE.RELOCATE (5): the same content in another frame.
 *
 * In: level 0; R8 the new page.  Out: RCX the old one, with TDX_HINT_PAIR.
 * Upstream: src/vmm_dispatcher/api_calls/tdh_mem_page_relocate.c:tdh_mem_page_relocate
 * Fidelity: faithful
 */
u64 tdh_mem_page_relocate(struct task *me, struct tdx_call *c)
{
	struct pamt_walk *w = &c->page[0];
	pfn_t from;
	u64 err, e;

	err = call_mem(me, c, TDX_LEVEL_4K, TDX_LEVEL_4K, TDX_SHARED);
	if (err)
		return err;
	from = sept_pfn(c->ref.copy, TDX_LEVEL_4K);
	if (c->a->r8 == tdx_pfn_pa(from))
		return TDX_OPERAND_INVALID | OPERAND_R8;
	err = call_lock_mapped(me, c, from, TDX_LEVEL_4K);
	if (err)
		return err;
	err = call_check_tracked(me, c, c->mapped.entry);
	if (err)
		return err;
	err = call_lock_page(me, c, 0, c->a->r8, OPERAND_R8, TDX_EXCLUSIVE, TDX_LEVEL_4K, PT_NDA);
	if (err)
		return err;
	cost(me, c->leaf->cost);
	epoch_check(me, c, c->mapped.entry);
	if (sept_is(c->ref.copy, SEPT_F_PENDING))
		content_private(me, c->td, w->pfn, TDX_LEVEL_4K);
	else
		content_copy(me, c->td, w->pfn, from);
	content_given_back(me, c->td, from, TDX_LEVEL_4K);
	e = sept_unblocked(c->ref.copy);
	c->entry_locked = false;
	sept_store_unlock(me, c->mod, &c->ref, (e & ~SEPT_HPA) | tdx_pfn_pa(w->pfn));
	pamt_assign(me, c->mod, w->pfn, TDX_LEVEL_4K, w->entry, PT_REG, c->td->tdr);
	c->a->rcx = tdx_pfn_pa(from) |
		    pamt_release(me, c->mod, from, TDX_LEVEL_4K, c->mapped.entry);
	return TDX_SUCCESS;
}
