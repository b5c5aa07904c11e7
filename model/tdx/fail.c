// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/tdx/fail.c - leaves that are told to fail (fail=seamcall_SLUG:N), one name each.
 *
 * The names are written out because they are what traces say and what tests/tidy looks for.
 *
 * Invariant: there is one for each row of spec_leaves.h, and one in model/fails.h.
 */
#include "model/tdx/internal.h"

/* So that a leaf that nobody makes fail costs a switch and a compare. */
static bool may_fail(const struct task *me)
{
	return unlikely(me->fail_site || me->sim->cfg.fail_one_in);
}

static bool tdx_leaf_fails_named(struct task *me, enum tdx_leaf_index leaf)
{
	switch (leaf) {
	case TDX_LEAF_MEM_PAGE_ADD:
		return sim_should_fail(me, "seamcall_mem_page_add");
	case TDX_LEAF_MEM_SEPT_ADD:
		return sim_should_fail(me, "seamcall_mem_sept_add");
	case TDX_LEAF_MEM_PAGE_RELOCATE:
		return sim_should_fail(me, "seamcall_mem_page_relocate");
	case TDX_LEAF_MEM_PAGE_AUG:
		return sim_should_fail(me, "seamcall_mem_page_aug");
	case TDX_LEAF_MEM_RANGE_BLOCK:
		return sim_should_fail(me, "seamcall_mem_range_block");
	case TDX_LEAF_MEM_PAGE_DEMOTE:
		return sim_should_fail(me, "seamcall_mem_page_demote");
	case TDX_LEAF_MEM_PAGE_PROMOTE:
		return sim_should_fail(me, "seamcall_mem_page_promote");
	case TDX_LEAF_MEM_SEPT_RD:
		return sim_should_fail(me, "seamcall_mem_sept_rd");
	case TDX_LEAF_MEM_PAGE_REMOVE:
		return sim_should_fail(me, "seamcall_mem_page_remove");
	case TDX_LEAF_MEM_SEPT_REMOVE:
		return sim_should_fail(me, "seamcall_mem_sept_remove");
	case TDX_LEAF_MEM_TRACK:
		return sim_should_fail(me, "seamcall_mem_track");
	case TDX_LEAF_MEM_RANGE_UNBLOCK:
		return sim_should_fail(me, "seamcall_mem_range_unblock");
	case TDX_LEAF_MNG_ADDCX:
		return sim_should_fail(me, "seamcall_mng_addcx");
	case TDX_LEAF_MNG_KEY_CONFIG:
		return sim_should_fail(me, "seamcall_mng_key_config");
	case TDX_LEAF_MNG_CREATE:
		return sim_should_fail(me, "seamcall_mng_create");
	case TDX_LEAF_MR_EXTEND:
		return sim_should_fail(me, "seamcall_mr_extend");
	case TDX_LEAF_MR_FINALIZE:
		return sim_should_fail(me, "seamcall_mr_finalize");
	case TDX_LEAF_MNG_VPFLUSHDONE:
		return sim_should_fail(me, "seamcall_mng_vpflushdone");
	case TDX_LEAF_MNG_KEY_FREEID:
		return sim_should_fail(me, "seamcall_mng_key_freeid");
	case TDX_LEAF_MNG_INIT:
		return sim_should_fail(me, "seamcall_mng_init");
	case TDX_LEAF_MNG_KEY_RECLAIMID:
		return sim_should_fail(me, "seamcall_mng_key_reclaimid");
	case TDX_LEAF_VP_ENTER:
		return sim_should_fail(me, "seamcall_vp_enter");
	case TDX_LEAF_VP_ADDCX:
		return sim_should_fail(me, "seamcall_vp_addcx");
	case TDX_LEAF_VP_CREATE:
		return sim_should_fail(me, "seamcall_vp_create");
	case TDX_LEAF_VP_FLUSH:
		return sim_should_fail(me, "seamcall_vp_flush");
	case TDX_LEAF_VP_INIT:
		return sim_should_fail(me, "seamcall_vp_init");
	case TDX_LEAF_PHYMEM_PAGE_RECLAIM:
		return sim_should_fail(me, "seamcall_phymem_page_reclaim");
	case TDX_LEAF_PHYMEM_CACHE_WB:
		return sim_should_fail(me, "seamcall_phymem_cache_wb");
	case TDX_LEAF_PHYMEM_PAGE_WBINVD:
		return sim_should_fail(me, "seamcall_phymem_page_wbinvd");
	case TDX_LEAF_PHYMEM_PAMT_ADD:
		return sim_should_fail(me, "seamcall_phymem_pamt_add");
	case TDX_LEAF_PHYMEM_PAMT_REMOVE:
		return sim_should_fail(me, "seamcall_phymem_pamt_remove");
	default:
		return false;
	}
}

bool tdx_leaf_fails(struct task *me, enum tdx_leaf_index leaf)
{
	return may_fail(me) && tdx_leaf_fails_named(me, leaf);
}

static bool tdx_guest_leaf_fails_named(struct task *me, enum tdx_guest_leaf_index leaf)
{
	switch (leaf) {
	case TDX_GUEST_LEAF_VP_VMCALL:
		return sim_should_fail(me, "seamcall_tdg_vp_vmcall");
	case TDX_GUEST_LEAF_MEM_PAGE_ACCEPT:
		return sim_should_fail(me, "seamcall_tdg_mem_page_accept");
	default:
		return false;
	}
}

bool tdx_guest_leaf_fails(struct task *me, enum tdx_guest_leaf_index leaf)
{
	return may_fail(me) && tdx_guest_leaf_fails_named(me, leaf);
}
