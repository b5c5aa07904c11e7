// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/tdx/call.c - what calls have in common: the checks before the leaf's own, in the module's
 * order, and giving back whatever has been locked.
 *
 * Each step answers TDX_SUCCESS or the status that ends the call; what a step has locked is
 * written down in struct tdx_call, and call_end() undoes it.
 *
 * Invariant: X1 of internal.h.
 *
 * Upstream: intel/tdx-module src/common/helpers/helpers.c
 * Fidelity: faithful: order and statuses
 */
#include "model/tdx/internal.h"

static u64 with_operand(u64 err, u32 operand)
{
	return err ? err | operand : TDX_SUCCESS;
}

/**
 * call_lock_tdr - the TDR whose address the host passes.
 * @type: PT_TDR, or PT_NDA for one that is to become a TDR
 *
 * Upstream: src/common/helpers/helpers.c:check_lock_and_map_explicit_tdr
 * Fidelity: faithful
 */
u64 call_lock_tdr(struct task *me, struct tdx_call *c, u64 hpa, u32 operand, enum tdx_mode mode,
		  enum pamt_type type)
{
	u64 err = pamt_lock_page(me, c->mod, hpa, mode, TDX_LEVEL_4K, type, c->mod->class_tdr,
				 &c->tdr);

	if (err)
		return err | operand;
	if (type == PT_TDR) {
		c->td = tdx_control(c->mod, c->tdr.pfn);
		SIM_ASSERT(c->td);
		sim_life_check(me, &c->td->life, "TD");
	}
	return TDX_SUCCESS;
}

/**
 * call_lock_tdvpr - the TDVPR whose address the host passes, and the TDR it belongs to.
 *
 * Upstream: src/common/helpers/helpers.c:check_and_lock_explicit_4k_private_hpa,
 *           lock_and_map_implicit_tdr
 * Fidelity: faithful
 */
u64 call_lock_tdvpr(struct task *me, struct tdx_call *c, u64 hpa, u32 operand, enum tdx_mode mode)
{
	u64 err = pamt_lock_page(me, c->mod, hpa, mode, TDX_LEVEL_4K, PT_TDVPR,
				 c->mod->class_tdvpr, &c->tdvpr);

	if (err)
		return err | operand;
	c->vp = tdx_control(c->mod, c->tdvpr.pfn);
	SIM_ASSERT(c->vp);
	sim_life_check(me, &c->vp->life, "vCPU of a TD");
	err = pamt_lock_implicit(me, c->mod, c->tdvpr.entry->owner, TDX_LEVEL_4K, TDX_SHARED,
				 c->mod->class_tdr, &c->tdr);
	if (err)
		return err | OPERAND_TDR;
	c->td = c->vp->td;
	return TDX_SUCCESS;
}

/**
 * call_td_state - is the TD in a state in which this leaf works?
 *
 * Upstream: src/common/helpers/helpers.c:check_state_map_tdcs_and_lock
 * Fidelity: faithful (OP_STATE is returned in the operand, as 1.5.28 does)
 */
u64 call_td_state(struct task *me, struct tdx_call *c, bool lock_op_state)
{
	struct tdx_td *td = c->td;

	if (td->fatal)
		return TDX_TD_FATAL;
	if (load_acquire(td->lifecycle) != TD_KEYS_CONFIGURED)
		return TDX_TD_KEYS_NOT_CONFIGURED;
	if (td->nr_tdcx < TDX_MIN_TDCX)
		return TDX_TDCS_NOT_ALLOCATED;
	if (lock_op_state) {
		if (!tdx_trylock(me, &td->op_state_lock, TDX_SHARED))
			return tdx_busy(OPERAND_OP_STATE);
		c->op_state_mode = TDX_SHARED;
	}
	if (!(c->leaf->op_states >> load_acquire(td->op_state) & 1))
		return TDX_OP_STATE_INCORRECT | td->op_state;
	return TDX_SUCCESS;
}

static bool page_info_valid(const struct tdx_td *td, u64 info, int min_level, int max_level)
{
	int level = (int)(info & 7);

	if (info & 0xff8 || info >> TDX_MAX_PA)
		return false;
	if (level < min_level || level > max_level)
		return false;
	return IS_ALIGNED(info & ~7ull, tdx_level_size(level));
}

/* Private, and no wider than the TD's addresses: the bit above them means shared. */
static bool gpa_valid(const struct tdx_td *td, gpa_t gpa)
{
	return gpa >> (td->top == 4 ? 51 : 47) == 0;
}

/**
 * call_walk - page_info in RCX: is it well-formed, and is there an entry for it at that level?
 * @tree: the mode in which the S-EPT is locked for it, or TDX_UNLOCKED
 *
 * Upstream: src/common/helpers/helpers.c:verify_page_info_input,
 *           lock_sept_check_and_walk_private_gpa
 * Fidelity: faithful
 */
u64 call_walk(struct task *me, struct tdx_call *c, int min_level, int max_level,
	      enum tdx_mode tree)
{
	struct tdx_td *td = c->td;

	if (!page_info_valid(td, c->in_rcx, min_level, max_level))
		return TDX_OPERAND_INVALID | OPERAND_RCX;
	c->ref.want = (u8)(c->in_rcx & 7);
	c->ref.gpa = c->in_rcx & SEPT_HPA;
	if (!gpa_valid(td, c->ref.gpa))
		return TDX_OPERAND_INVALID | OPERAND_RCX;
	if (tree) {
		if (!tdx_trylock(me, &td->tree_lock, tree))
			return tdx_busy(OPERAND_SEPT_TREE);
		c->tree_mode = (u8)tree;
	}
	sept_walk(me, td, &c->ref);
	if (c->ref.level == c->ref.want)
		return TDX_SUCCESS;
	call_details(c);
	return TDX_EPT_WALK_FAILED | OPERAND_RCX;
}

/**
 * call_lock_entry - the lock of the entry that was reached; what it contains is read again.
 */
u64 call_lock_entry(struct task *me, struct tdx_call *c)
{
	if (!sept_trylock_host(me, c->mod, &c->ref)) {
		call_details(c);
		return tdx_busy(OPERAND_RCX);
	}
	c->entry_locked = true;
	return TDX_SUCCESS;
}

/**
 * call_mem - all of that, for a leaf that takes RCX page_info, RDX TDR, and has an entry in the
 * right state after it.
 */
u64 call_mem(struct task *me, struct tdx_call *c, int min_level, int max_level,
	     enum tdx_mode tree)
{
	u64 err;

	c->a->rcx = 0;
	c->a->rdx = 0;
	err = call_lock_tdr(me, c, c->in_rdx, OPERAND_RDX, TDX_SHARED, PT_TDR);
	if (err)
		return err;
	err = call_td_state(me, c, true);
	if (err)
		return err;
	err = call_walk(me, c, min_level, max_level < 0 ? c->td->top : max_level, tree);
	if (err)
		return err;
	err = call_lock_entry(me, c);
	if (err)
		return err;
	if (!(c->leaf->entry_states >> sept_state(c->ref.copy) & 1))
		return call_state_incorrect(c);
	return TDX_SUCCESS;
}

/**
 * call_lock_page - a page whose address the host passes; it becomes c->page[@n].
 */
u64 call_lock_page(struct task *me, struct tdx_call *c, u32 n, u64 hpa, u32 operand,
		   enum tdx_mode mode, int level, enum pamt_type type)
{
	return with_operand(pamt_lock_page(me, c->mod, hpa, mode, level, type, c->mod->class_pamt,
					   &c->page[n]),
			    operand);
}

/**
 * call_lock_mapped - the page the S-EPT entry leads to: only its own PAMT entry, exclusive.
 */
u64 call_lock_mapped(struct task *me, struct tdx_call *c, pfn_t pfn, int level)
{
	return with_operand(pamt_lock_implicit(me, c->mod, pfn, level, TDX_EXCLUSIVE,
					       c->mod->class_pamt, &c->mapped),
			    OPERAND_RCX);
}

/**
 * call_check_tracked - if vCPUs may run: is the entry blocked, and long enough ago?
 * @e: the PAMT entry that knows when
 *
 * Upstream: the same lines in tdh_mem_page_remove.c, _demote.c, _promote.c, _relocate.c,
 *           tdh_mem_sept_remove.c
 * Fidelity: faithful (TLB_TRACKING_NOT_DONE leaves RCX and RDX 0)
 */
u64 call_check_tracked(struct task *me, struct tdx_call *c, const struct pamt_entry *e)
{
	if (!sept_is(c->ref.copy, SEPT_F_TRACK) || !td_tracking_required(c->td))
		return TDX_SUCCESS;
	if (!sept_is(c->ref.copy, SEPT_F_BLOCKED)) {
		call_details(c);
		return TDX_GPA_RANGE_NOT_BLOCKED | OPERAND_RCX;
	}
	if (!epoch_tracked(me, c->td, load_acquire(e->bepoch)))
		return TDX_TLB_TRACKING_NOT_DONE | OPERAND_RCX;
	return TDX_SUCCESS;
}

u64 call_state_incorrect(struct tdx_call *c)
{
	call_details(c);
	return TDX_EPT_ENTRY_STATE_INCORRECT | OPERAND_RCX;
}

/**
 * call_details - RCX and RDX tell what the walk has found.
 */
void call_details(struct tdx_call *c)
{
	c->a->rcx = sept_arch(c->ref.copy, c->ref.level);
	c->a->rdx = c->ref.level | (u64)sept_public(c->ref.copy) << 8;
}

/**
 * call_interrupted - does an interrupt wait for the CPU that makes this call?
 *
 * Upstream: is_interrupt_pending_host_side
 * Fidelity: simplified: no NMIs and SMIs; a host with interrupts off counts as one that has none
 */
bool call_interrupted(struct task *me, struct tdx_call *c)
{
	if (sim_should_fail(me, "tdx_interrupt"))
		return true;
	if (me->irq_count > 1) /* the call's own, and the host's */
		return false;
	return c->mod->cfg.interrupt_pending ? c->mod->cfg.interrupt_pending(me) :
					       need_resched(me);
}

static void children_unlock(struct task *me, struct tdx_call *c)
{
	for (u32 i = 0; i < c->nr_children; i++)
		step_and(me, &c->children->e[i], ~SEPT_TDEL);
	c->nr_children = 0;
}

/**
 * call_end - give back all locks, the last first.
 */
void call_end(struct task *me, struct tdx_call *c)
{
	struct tdx_module *mod = c->mod;

	children_unlock(me, c);
	pamt_unlock(me, mod, &c->mapped);
	for (int i = TDX_MAX_PAGES; i-- > 0;)
		pamt_unlock(me, mod, &c->page[i]);
	if (c->entry_locked)
		sept_unlock(me, mod, &c->ref);
	if (c->epoch_mode)
		tdx_unlock(me, &c->td->epoch_lock, (enum tdx_mode)c->epoch_mode);
	if (c->tree_mode)
		tdx_unlock(me, &c->td->tree_lock, (enum tdx_mode)c->tree_mode);
	if (c->op_state_mode)
		tdx_unlock(me, &c->td->op_state_lock, (enum tdx_mode)c->op_state_mode);
	if (c->kot_mode)
		tdx_unlock(me, &mod->kot_lock, (enum tdx_mode)c->kot_mode);
	if (c->wbcache)
		tdx_unlock(me, &mod->wbcache[tdx_package(mod, c->lp)].lock, TDX_EXCLUSIVE);
	pamt_unlock(me, mod, &c->tdr);
	pamt_unlock(me, mod, &c->tdvpr);
}
