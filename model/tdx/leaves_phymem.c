// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/tdx/leaves_phymem.c - SEAMCALLs on physical memory: giving pages back, caches, PAMT pages.
 *
 * Invariants: a page of a TD is reclaimed only in TEARDOWN, the TDR last; with dynamic PAMT, a
 * 2M region has its pair of pages from PAMT.ADD (or DEMOTE) to PAMT.REMOVE (or PROMOTE).
 *
 * Upstream: intel/tdx-module src/vmm_dispatcher/api_calls/tdh_phymem_*.c
 * Fidelity: faithful
 */
#include "model/tdx/internal.h"

/* What was in a control page goes with it.  Context: the TD is in TEARDOWN. */
static void control_free(struct task *me, struct tdx_module *mod, pfn_t pfn, enum pamt_type type)
{
	void *what = tdx_control(mod, pfn);
	struct tdx_td *td = what;
	struct tdx_vp *vp = what;

	tdx_control_set(me, mod, pfn, NULL);
	if (type == PT_EPT) {
		sim_free(mod->sim, what, sizeof(struct sept_page));
		return;
	}
	sim_guard_lock(mod->sim, &mod->guard);
	if (type == PT_TDVPR) {
		list_del_init(&vp->node);
		sim_life_end(&vp->life);
	} else {
		list_del_init(&td->node);
		sim_life_end(&td->life);
	}
	sim_guard_unlock(mod->sim, &mod->guard);
}

/* The TD that a page belongs to, for a page that is no TDR. */
static u64 lock_owner(struct task *me, struct tdx_call *c, pfn_t owner)
{
	u64 err = pamt_lock_implicit(me, c->mod, owner, TDX_LEVEL_4K, TDX_SHARED,
				     c->mod->class_tdr, &c->tdr);

	if (err)
		return err | OPERAND_TDR;
	c->td = tdx_control(c->mod, owner);
	return TDX_SUCCESS;
}

/**
 * tdh_phymem_page_reclaim - TDH.PHYMEM.PAGE.RECLAIM (28): a page of a dead TD is the host's again.
 *
 * In: RCX page.  Out: RCX type; RDX owner; R8 level; R9 TDX_HINT_PAIR.
 * Upstream: tdh_phymem_page_reclaim.c:tdh_phymem_page_reclaim
 * Fidelity: faithful
 */
u64 tdh_phymem_page_reclaim(struct task *me, struct tdx_call *c)
{
	struct pamt_walk *w = &c->page[0];
	u64 hpa = c->a->rcx, err;
	enum pamt_type type;
	int level;

	c->a->rcx = c->a->rdx = c->a->r8 = c->a->r9 = 0;
	err = pamt_check_hpa(c->mod, hpa, TDX_LEVEL_4K);
	if (!err)
		err = pamt_lock_walk(me, c->mod, (pfn_t)(hpa >> PAGE_SHIFT), TDX_EXCLUSIVE,
				     TDX_LEVEL_4K, c->mod->class_pamt, w);
	if (err)
		return err | OPERAND_RCX;
	level = w->level;
	type = pamt_type(w->entry);
	if (type == PT_NDA || type == PT_RSVD)
		return TDX_PAGE_METADATA_INCORRECT | OPERAND_RCX;
	c->a->rcx = type;
	c->a->rdx = tdx_pfn_pa(w->entry->owner);
	c->a->r8 = (u64)level;
	if (!IS_ALIGNED(hpa, tdx_level_size(level)))
		return TDX_OPERAND_INVALID | OPERAND_RCX;
	if (type == PT_TDR)
		c->td = tdx_control(c->mod, w->pfn);
	else
		err = lock_owner(me, c, w->entry->owner);
	if (err)
		return err;
	if (load_acquire(c->td->lifecycle) != TD_TEARDOWN)
		return TDX_LIFECYCLE_STATE_INCORRECT;
	if (type == PT_TDR && load_acquire(c->td->chldcnt))
		return TDX_TD_ASSOCIATED_PAGES_EXIST;
	cost(me, c->leaf->cost);
	if (type != PT_TDR)
		step_add_return(me, &c->td->chldcnt, -(s64)tdx_level_pages(level));
	content_given_back(me, c->td, w->pfn, level);
	if (type == PT_EPT || type == PT_TDVPR || type == PT_TDR)
		control_free(me, c->mod, w->pfn, type);
	c->a->r9 = pamt_release(me, c->mod, w->pfn, level, w->entry);
	return TDX_SUCCESS;
}

/**
 * tdh_phymem_page_wbinvd - TDH.PHYMEM.PAGE.WBINVD (41): write a removed page's cache lines back.
 *
 * In: RCX page, with the HKID whose lines they are.
 * Upstream: tdh_phymem_page_wbinvd.c:tdh_phymem_page_wbinvd
 * Fidelity: faithful for static PAMT; that it works without a pair of pages is inferred from what
 * KVM does to a removed 2M page
 */
u64 tdh_phymem_page_wbinvd(struct task *me, struct tdx_call *c)
{
	u64 hpa = c->a->rcx & (BIT_ULL(TDX_HKID_SHIFT) - 1);
	u64 err = call_lock_page(me, c, 0, hpa, OPERAND_RCX, TDX_SHARED, TDX_LEVEL_4K, PT_NDA);

	/* with dynamic PAMT, memory without a pair is as free as can be */
	if (err == (TDX_MISSING_PAMT_PAGE_PAIR | OPERAND_RCX))
		err = call_lock_page(me, c, 0, ALIGN_DOWN(hpa, tdx_level_size(TDX_LEVEL_2M)),
				     OPERAND_RCX, TDX_SHARED, TDX_LEVEL_2M, PT_NDA);
	if (err)
		return err;
	cost(me, c->leaf->cost);
	return TDX_SUCCESS;
}

/* A round begins: for which HKIDs will it count? */
static bool wbcache_begin(struct tdx_module *mod, struct wbcache *wb)
{
	bool any = false;

	wb->point = 0;
	for (u32 i = 1; i <= mod->cfg.nr_hkids; i++) {
		wb->flushed[i] = mod->kot[i].state == HKID_FLUSHED;
		any |= wb->flushed[i];
	}
	return any;
}

/**
 * tdh_phymem_cache_wb - TDH.PHYMEM.CACHE.WB (40): write back the caches of the CPU's package.
 *
 * In: RCX 0, or 1 to go on after TDX_INTERRUPTED_RESUMABLE.
 * Upstream: tdh_phymem_cache_wb.c:tdh_phymem_cache_wb
 * Fidelity: faithful (16 sub-blocks)
 */
u64 tdh_phymem_cache_wb(struct task *me, struct tdx_call *c)
{
	struct tdx_module *mod = c->mod;
	u32 package = tdx_package(mod, c->lp);
	struct wbcache *wb = &mod->wbcache[package];

	if (c->a->rcx > 1)
		return TDX_OPERAND_INVALID | OPERAND_RCX;
	if (!tdx_trylock(me, &wb->lock, TDX_EXCLUSIVE))
		return tdx_busy(OPERAND_WBCACHE);
	c->wbcache = true;
	if (!tdx_trylock(me, &mod->kot_lock, TDX_SHARED))
		return tdx_busy(OPERAND_KOT);
	c->kot_mode = TDX_SHARED;
	if (!c->a->rcx && !wbcache_begin(mod, wb))
		return TDX_NO_HKID_READY_TO_WBCACHE;
	if (c->a->rcx && !wb->point)
		return TDX_WBCACHE_RESUME_ERROR;
	do {
		cost(me, c->leaf->cost);
		wb->point++;
		/* Made to fail here: the caller goes on from where it was interrupted. */
		if (wb->point < WBCACHE_BLOCKS &&
		    (call_interrupted(me, c) || tdx_leaf_fails(me, TDX_LEAF_PHYMEM_CACHE_WB)))
			return TDX_INTERRUPTED_RESUMABLE;
	} while (wb->point < WBCACHE_BLOCKS);
	wb->point = 0;
	for (u32 i = 1; i <= mod->cfg.nr_hkids; i++) {
		if (wb->flushed[i])
			step_and(me, &mod->kot[i].wbinvd, ~BIT_ULL(package));
	}
	return TDX_SUCCESS;
}

static bool region_info_valid(u64 info)
{
	u64 hpa = info & ~0xfffull;

	return (info & 0xfff) == TDX_LEVEL_2M && !(hpa >> TDX_HKID_SHIFT) &&
	       IS_ALIGNED(hpa, tdx_level_size(TDX_LEVEL_2M));
}

/* The 2M entry that RCX names, exclusive. */
static u64 lock_region(struct task *me, struct tdx_call *c)
{
	u64 hpa = c->a->rcx & ~0xfffull, err;

	err = pamt_check_hpa(c->mod, hpa, TDX_LEVEL_2M);
	if (!err)
		err = pamt_lock_walk(me, c->mod, (pfn_t)(hpa >> PAGE_SHIFT), TDX_EXCLUSIVE,
				     TDX_LEVEL_2M, c->mod->class_pamt, &c->page[0]);
	return err ? err | OPERAND_RCX : TDX_SUCCESS;
}

/**
 * tdh_phymem_pamt_add - TDH.PHYMEM.PAMT.ADD (58): two pages for the 4K entries of a 2M region.
 *
 * In: RCX region | level 1; RDX, R8 the pages.
 * Upstream: tdh_phymem_pamt_add.c:tdh_phymem_pamt_add
 * Fidelity: faithful
 */
u64 tdh_phymem_pamt_add(struct task *me, struct tdx_call *c)
{
	static const u32 operand[2] = { OPERAND_RDX, OPERAND_R8 };
	const u64 hpa[2] = { c->a->rdx, c->a->r8 };
	struct pamt_walk *w = &c->page[0];
	u64 err;

	if (!c->mod->cfg.dynamic_pamt)
		return TDX_OPERAND_INVALID | OPERAND_RAX;
	if (!region_info_valid(c->a->rcx))
		return TDX_OPERAND_INVALID | OPERAND_RCX;
	for (int i = 0; i < 2; i++) {
		err = pamt_check_hpa(c->mod, hpa[i], TDX_LEVEL_4K);
		if (err)
			return err | operand[i];
	}
	err = lock_region(me, c);
	if (err)
		return err;
	if (w->level != TDX_LEVEL_2M || pamt_type(w->entry) != PT_NDA)
		return TDX_HPA_RANGE_NOT_FREE | OPERAND_RCX;
	err = pamt_pages_check(me, c->mod, w->pfn, hpa, operand, &c->page[1]);
	if (err)
		return err;
	err = pamt_pages_claim(me, c->mod, hpa, operand);
	if (err)
		return err;
	cost(me, c->leaf->cost);
	w->region->pair[0] = (pfn_t)(hpa[0] >> PAGE_SHIFT);
	w->region->pair[1] = (pfn_t)(hpa[1] >> PAGE_SHIFT);
	pamt_set(w->entry, PT_PAMT, 0);
	return TDX_SUCCESS;
}

/* Which of the two pages has an entry that is in use?  2: none. */
static u32 pair_in_use(struct pamt_region *r)
{
	for (u32 i = 0; load_acquire(r->nr_used) && i < PAMT_ENTRIES; i++) {
		if (pamt_type(&r->e4k[i]) != PT_NDA)
			return i / (PAMT_ENTRIES / 2);
	}
	return 2;
}

/**
 * tdh_phymem_pamt_remove - TDH.PHYMEM.PAMT.REMOVE (59): the two pages back, if nothing needs them.
 *
 * In: RCX region | level 1.  Out: RDX, R8 the pages.
 * Upstream: tdh_phymem_pamt_remove.c:tdh_phymem_pamt_remove
 * Fidelity: faithful
 */
u64 tdh_phymem_pamt_remove(struct task *me, struct tdx_call *c)
{
	struct pamt_walk *w = &c->page[0];
	u64 hpa[2], err;
	u32 used;

	if (!c->mod->cfg.dynamic_pamt)
		return TDX_OPERAND_INVALID | OPERAND_RAX;
	if (!region_info_valid(c->a->rcx))
		return TDX_OPERAND_INVALID | OPERAND_RCX;
	err = lock_region(me, c);
	if (err)
		return err;
	if (w->level != TDX_LEVEL_2M || pamt_type(w->entry) != PT_PAMT)
		return TDX_NO_PAMT_PAGE_PAIR | OPERAND_RCX;
	used = pair_in_use(w->region);
	if (used < 2)
		return TDX_PAMT_PAGE_NOT_EMPTY | used;
	cost(me, c->leaf->cost);
	hpa[0] = tdx_pfn_pa(w->region->pair[0]);
	hpa[1] = tdx_pfn_pa(w->region->pair[1]);
	pamt_pages_drop(me, c->mod, hpa);
	c->a->rdx = hpa[0];
	c->a->r8 = hpa[1];
	pamt_set(w->entry, PT_NDA, 0);
	return TDX_SUCCESS;
}
