// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/tdx/leaves_mng.c - SEAMCALLs that make, measure and end a TD.
 *
 * Life of a TD: HKID_ASSIGNED (MNG.CREATE), KEYS_CONFIGURED (KEY.CONFIG on every package), then
 * OP_STATE UNINITIALIZED, INITIALIZED (MNG.INIT), RUNNABLE (MR.FINALIZE); BLOCKED (VPFLUSHDONE),
 * TEARDOWN (KEY.FREEID after CACHE.WB on every package), and its pages are reclaimed one by one.
 *
 * Invariants: an HKID is in at most one TD that is not in TEARDOWN, and is free only when all
 * packages have written back what was cached with it.
 *
 * Upstream: intel/tdx-module src/vmm_dispatcher/api_calls/tdh_mng_*.c, tdh_mr_*.c
 * Fidelity: simplified: no attributes, XFAM, CPUID, TSC; measurements are a number
 */
#include "model/tdx/internal.h"

static u64 lock_kot(struct task *me, struct tdx_call *c)
{
	if (!tdx_trylock(me, &c->mod->kot_lock, TDX_EXCLUSIVE))
		return tdx_busy(OPERAND_KOT);
	c->kot_mode = TDX_EXCLUSIVE;
	return TDX_SUCCESS;
}

static struct tdx_td *td_new(struct task *me, struct tdx_module *mod, pfn_t tdr, u16 hkid)
{
	struct tdx_td *td = sim_zalloc(mod->sim, sizeof(*td));

	sim_life_begin(&td->life);
	td->mod = mod;
	td->tdr = tdr;
	td->hkid = hkid;
	td->obj = sim_new_obj(mod->sim);
	td->top = 3;
	tdx_lock_init(mod->sim, &td->op_state_lock, "tdx:tdcs_op_state", true);
	/* plain up to 2.0.04, with host priority since */
	tdx_lock_init(mod->sim, &td->tree_lock, "tdx:sept_tree", !mod->cfg.zero_step_exclusive);
	tdx_lock_init(mod->sim, &td->epoch_lock, "tdx:tdcs_epoch", false);
	INIT_LIST_HEAD(&td->vps);
	sim_guard_lock(mod->sim, &mod->guard);
	list_add_tail(&td->node, &mod->tds);
	sim_guard_unlock(mod->sim, &mod->guard);
	return td;
}

/**
 * tdh_mng_create - TDH.MNG.CREATE (9): a TDR, and the HKID of a new TD.
 *
 * In: RCX page for the TDR; RDX HKID.
 * Upstream: tdh_mng_create.c:tdh_mng_create
 * Fidelity: faithful
 */
u64 tdh_mng_create(struct task *me, struct tdx_call *c)
{
	u64 hkid = c->a->rdx, err;

	if (!hkid || hkid > c->mod->cfg.nr_hkids)
		return TDX_OPERAND_INVALID | OPERAND_RDX;
	err = call_lock_tdr(me, c, c->a->rcx, OPERAND_RCX, TDX_EXCLUSIVE, PT_NDA);
	if (err)
		return err;
	err = lock_kot(me, c);
	if (err)
		return err;
	if (c->mod->kot[hkid].state != HKID_FREE)
		return TDX_HKID_NOT_FREE;
	cost(me, c->leaf->cost);
	c->mod->kot[hkid].state = HKID_ASSIGNED;
	c->td = td_new(me, c->mod, c->tdr.pfn, (u16)hkid);
	tdx_control_set(me, c->mod, c->tdr.pfn, c->td);
	pamt_assign(me, c->mod, c->tdr.pfn, TDX_LEVEL_4K, c->tdr.entry, PT_TDR, 0);
	content_private(me, c->td, c->tdr.pfn, TDX_LEVEL_4K);
	return TDX_SUCCESS;
}

/**
 * tdh_mng_key_config - TDH.MNG.KEY.CONFIG (8): the key, on the package of the CPU that calls.
 *
 * In: RCX TDR.
 * Upstream: tdh_mng_key_config.c:tdh_mng_key_config
 * Fidelity: simplified: nobody else uses PCONFIG
 */
u64 tdh_mng_key_config(struct task *me, struct tdx_call *c)
{
	u64 bit = BIT_ULL(tdx_package(c->mod, c->lp)), err;

	err = call_lock_tdr(me, c, c->a->rcx, OPERAND_RCX, TDX_EXCLUSIVE, PT_TDR);
	if (err)
		return err;
	if (c->td->fatal)
		return TDX_TD_FATAL;
	if (c->td->lifecycle != TD_HKID_ASSIGNED)
		return TDX_LIFECYCLE_STATE_INCORRECT;
	if (c->td->packages & bit)
		return TDX_KEY_CONFIGURED;
	cost(me, c->leaf->cost);
	c->td->packages |= bit;
	if (c->td->packages == BIT_ULL(c->mod->cfg.nr_packages) - 1)
		store_release(c->td->lifecycle, (u8)TD_KEYS_CONFIGURED);
	return TDX_SUCCESS;
}

/**
 * tdh_mng_addcx - TDH.MNG.ADDCX (1): a page for the TD's control structure.
 *
 * In: RCX page; RDX TDR.
 * Upstream: tdh_mng_add_cx.c:tdh_mng_add_cx
 * Fidelity: faithful (the S-EPT's root is in the last of the pages that are needed)
 */
u64 tdh_mng_addcx(struct task *me, struct tdx_call *c)
{
	struct tdx_td *td;
	u64 err;

	err = call_lock_tdr(me, c, c->a->rdx, OPERAND_RDX, TDX_EXCLUSIVE, PT_TDR);
	if (err)
		return err;
	td = c->td;
	if (td->fatal)
		return TDX_TD_FATAL;
	if (td->lifecycle != TD_KEYS_CONFIGURED)
		return TDX_TD_KEYS_NOT_CONFIGURED;
	if (td->nr_tdcx >= TDX_MAX_TDCX)
		return TDX_TDCX_NUM_INCORRECT;
	err = call_lock_page(me, c, 0, c->a->rcx, OPERAND_RCX, TDX_EXCLUSIVE, TDX_LEVEL_4K,
			     PT_NDA);
	if (err)
		return err;
	if (td->nr_tdcx >= TDX_MIN_TDCX && !(c->leaf->op_states >> td->op_state & 1))
		return TDX_OP_STATE_INCORRECT | td->op_state;
	cost(me, c->leaf->cost);
	td->tdcx[td->nr_tdcx++] = c->page[0].pfn;
	if (td->nr_tdcx == TDX_MIN_TDCX)
		td->root = sept_page_new(c->mod, c->page[0].pfn);
	content_private(me, td, c->page[0].pfn, TDX_LEVEL_4K);
	step_add_return(me, &td->chldcnt, 1);
	pamt_assign(me, c->mod, c->page[0].pfn, TDX_LEVEL_4K, c->page[0].entry, PT_TDCX, td->tdr);
	return TDX_SUCCESS;
}

/**
 * tdh_mng_init - TDH.MNG.INIT (21): the TD's parameters.
 *
 * In: RCX TDR; RDX page with the parameters, here args->params.
 * Upstream: tdh_mng_init.c:tdh_mng_init
 * Fidelity: simplified: number of vCPUs, levels of the S-EPT, one attribute
 */
u64 tdh_mng_init(struct task *me, struct tdx_call *c)
{
	const struct td_params *params = c->a->params;
	struct tdx_td *td;
	u64 err;

	err = call_lock_tdr(me, c, c->a->rcx, OPERAND_RCX, TDX_EXCLUSIVE, PT_TDR);
	if (err)
		return err;
	td = c->td;
	err = call_td_state(me, c, false);
	if (err)
		return err;
	if (!params || !IS_ALIGNED(c->a->rdx, 1024) || c->a->rdx >> TDX_HKID_SHIFT)
		return TDX_OPERAND_INVALID | OPERAND_RDX;
	if (!params->max_vcpus)
		return TDX_OPERAND_INVALID | OPERAND_MAX_VCPUS;
	if (params->levels && params->levels != 4 && params->levels != 5)
		return TDX_OPERAND_INVALID | OPERAND_EPTP_CONTROLS;
	cost(me, c->leaf->cost);
	td->params = *params;
	td->top = params->levels == 5 ? 4 : 3;
	td->owner = params->content_owner ? params->content_owner : machine_new_id(c->mod->m);
	store_release(td->epoch.raw, (union td_epoch){ .epoch = 1 }.raw);
	store_release(td->op_state, (u8)OP_STATE_INITIALIZED);
	return TDX_SUCCESS;
}

/**
 * tdh_mr_extend - TDH.MR.EXTEND (16): 256 bytes of a page that was added count in the measurement.
 *
 * In: RCX address, a multiple of 256; RDX TDR.
 * Upstream: tdh_mr_extend.c:tdh_mr_extend
 * Fidelity: simplified: the measurement is a number
 */
u64 tdh_mr_extend(struct task *me, struct tdx_call *c)
{
	gpa_t gpa = c->in_rcx;
	u64 err;

	c->a->rcx = 0;
	c->a->rdx = 0;
	err = call_lock_tdr(me, c, c->in_rdx, OPERAND_RDX, TDX_EXCLUSIVE, PT_TDR);
	if (err)
		return err;
	err = call_td_state(me, c, false);
	if (err)
		return err;
	if (!IS_ALIGNED(gpa, 256))
		return TDX_OPERAND_INVALID | OPERAND_RCX;
	c->in_rcx = ALIGN_DOWN(gpa, PAGE_SIZE);
	err = call_walk(me, c, TDX_LEVEL_4K, TDX_LEVEL_4K, TDX_UNLOCKED);
	if (err == (TDX_EPT_WALK_FAILED | OPERAND_RCX))
		return TDX_EPT_ENTRY_NOT_PRESENT | OPERAND_RCX;
	if (err)
		return err;
	if (!(c->ref.copy & SEPT_RWX)) {
		call_details(c);
		return TDX_EPT_ENTRY_NOT_PRESENT | OPERAND_RCX;
	}
	if (!(c->leaf->entry_states >> sept_state(c->ref.copy) & 1))
		return TDX_EPT_ENTRY_NOT_PRESENT;
	cost(me, c->leaf->cost);
	c->td->measured = (c->td->measured ^ gpa) * 0xd6e8feb86659fd93ull;
	return TDX_SUCCESS;
}

/**
 * tdh_mr_finalize - TDH.MR.FINALIZE (17): the TD may run.
 *
 * In: RCX TDR.
 * Upstream: tdh_mr_finalize.c:tdh_mr_finalize
 * Fidelity: faithful
 */
u64 tdh_mr_finalize(struct task *me, struct tdx_call *c)
{
	u64 err;

	err = call_lock_tdr(me, c, c->a->rcx, OPERAND_RCX, TDX_EXCLUSIVE, PT_TDR);
	if (err)
		return err;
	err = call_td_state(me, c, false);
	if (err)
		return err;
	if (!load_acquire(c->td->nr_vcpus))
		return TDX_NO_VCPUS;
	cost(me, c->leaf->cost);
	store_release(c->td->op_state, (u8)OP_STATE_RUNNABLE);
	return TDX_SUCCESS;
}

/**
 * tdh_mng_vpflushdone - TDH.MNG.VPFLUSHDONE (19): no vCPU is on a CPU any more, and none will be.
 *
 * In: RCX TDR.
 * Upstream: tdh_mng_vpflushdone.c:tdh_mng_vpflushdone
 * Fidelity: faithful
 */
u64 tdh_mng_vpflushdone(struct task *me, struct tdx_call *c)
{
	struct tdx_td *td;
	u64 err;

	err = call_lock_tdr(me, c, c->a->rcx, OPERAND_RCX, TDX_EXCLUSIVE, PT_TDR);
	if (err)
		return err;
	td = c->td;
	err = lock_kot(me, c);
	if (err)
		return err;
	if (td->lifecycle != TD_KEYS_CONFIGURED && td->lifecycle != TD_HKID_ASSIGNED)
		return TDX_LIFECYCLE_STATE_INCORRECT;
	if (load_acquire(td->nr_assoc))
		return TDX_FLUSHVP_NOT_DONE;
	cost(me, c->leaf->cost);
	store_release(c->mod->kot[td->hkid].wbinvd, BIT_ULL(c->mod->cfg.nr_packages) - 1);
	c->mod->kot[td->hkid].state = HKID_FLUSHED;
	store_release(td->lifecycle, (u8)TD_BLOCKED);
	return TDX_SUCCESS;
}

/**
 * tdh_mng_key_freeid - TDH.MNG.KEY.FREEID (20): the HKID is free, the pages can be reclaimed.
 *
 * In: RCX TDR.
 * Upstream: tdh_mng_key_freeid.c:tdh_mng_key_freeid
 * Fidelity: faithful
 */
u64 tdh_mng_key_freeid(struct task *me, struct tdx_call *c)
{
	struct kot_entry *kot;
	u64 err;

	err = call_lock_tdr(me, c, c->a->rcx, OPERAND_RCX, TDX_EXCLUSIVE, PT_TDR);
	if (err)
		return err;
	if (c->td->lifecycle != TD_BLOCKED)
		return TDX_LIFECYCLE_STATE_INCORRECT;
	err = lock_kot(me, c);
	if (err)
		return err;
	kot = &c->mod->kot[c->td->hkid];
	if (load_acquire(kot->wbinvd) && !bug(me, BUG_TDX_EARLY_FREEID))
		return TDX_WBCACHE_NOT_COMPLETE;
	cost(me, c->leaf->cost);
	kot->state = HKID_FREE;
	store_release(c->td->lifecycle, (u8)TD_TEARDOWN);
	return TDX_SUCCESS;
}

/**
 * tdh_mng_key_reclaimid - TDH.MNG.KEY.RECLAIMID (27): nothing; kept for old hosts.
 *
 * Upstream: tdh_mng_key_reclaimid.c:tdh_mng_key_reclaimid
 * Fidelity: faithful
 */
u64 tdh_mng_key_reclaimid(struct task *me, struct tdx_call *c)
{
	return TDX_SUCCESS;
}
