// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/tdx/leaves_vp.c - SEAMCALLs on a vCPU of a TD.
 *
 * Invariants: a vCPU is associated with at most one CPU, and ACTIVE (in the guest) only there; the
 * TDVPR's and the TDR's shared locks are held exactly while it is ACTIVE.
 *
 * Upstream: intel/tdx-module src/vmm_dispatcher/api_calls/tdh_vp_*.c, src/td_transitions/
 * Fidelity: simplified: no registers, VMCS, L2 guests; a CPU that changes vCPUs flushes nothing
 */
#include "model/tdx/internal.h"

static struct tdx_vp *vp_new(struct tdx_module *mod, struct tdx_td *td, pfn_t tdvpr)
{
	struct tdx_vp *vp = sim_zalloc(mod->sim, sizeof(*vp));

	sim_life_begin(&vp->life);
	vp->td = td;
	vp->mod = mod;
	vp->tdvpr = tdvpr;
	vp->obj = sim_new_obj(mod->sim);
	vp->nr_pages = 1;
	vp->assoc_lp = VCPU_NO_LP;
	vp->hp_since_ns = SIM_NS_MAX;
	vp->flushes = 1;
	sim_guard_lock(mod->sim, &mod->guard);
	list_add_tail(&vp->node, &td->vps);
	sim_guard_unlock(mod->sim, &mod->guard);
	return vp;
}

/**
 * tdh_vp_create - TDH.VP.CREATE (10): a TDVPR.
 *
 * In: RCX page; RDX TDR.
 * Upstream: tdh_vp_create.c:tdh_vp_create
 * Fidelity: faithful
 */
u64 tdh_vp_create(struct task *me, struct tdx_call *c)
{
	struct pamt_walk *w = &c->page[0];
	u64 err;

	err = call_lock_tdr(me, c, c->a->rdx, OPERAND_RDX, TDX_SHARED, PT_TDR);
	if (err)
		return err;
	err = call_td_state(me, c, true);
	if (err)
		return err;
	err = call_lock_page(me, c, 0, c->a->rcx, OPERAND_RCX, TDX_EXCLUSIVE, TDX_LEVEL_4K,
			     PT_NDA);
	if (err)
		return err;
	cost(me, c->leaf->cost);
	tdx_control_set(me, c->mod, w->pfn, vp_new(c->mod, c->td, w->pfn));
	content_private(me, c->td, w->pfn, TDX_LEVEL_4K);
	step_add_return(me, &c->td->chldcnt, 1);
	pamt_assign(me, c->mod, w->pfn, TDX_LEVEL_4K, w->entry, PT_TDVPR, c->td->tdr);
	return TDX_SUCCESS;
}

/**
 * tdh_vp_addcx - TDH.VP.ADDCX (4): another page for the vCPU's state.
 *
 * In: RCX page; RDX TDVPR.
 * Upstream: tdh_vp_addcx.c:tdh_vp_addcx
 * Fidelity: faithful (no more pages than a vCPU without L2 guests needs)
 */
u64 tdh_vp_addcx(struct task *me, struct tdx_call *c)
{
	struct pamt_walk *w = &c->page[0];
	u64 err;

	err = call_lock_tdvpr(me, c, c->a->rdx, OPERAND_RDX, TDX_EXCLUSIVE);
	if (err)
		return err;
	err = call_td_state(me, c, true);
	if (err)
		return err;
	if (c->vp->state != VCPU_UNINITIALIZED)
		return TDX_VCPU_STATE_INCORRECT;
	if (c->vp->nr_pages >= TDX_MIN_TDVPS)
		return TDX_TDCX_NUM_INCORRECT;
	err = call_lock_page(me, c, 0, c->a->rcx, OPERAND_RCX, TDX_EXCLUSIVE, TDX_LEVEL_4K,
			     PT_NDA);
	if (err)
		return err;
	cost(me, c->leaf->cost);
	c->vp->nr_pages++;
	content_private(me, c->td, w->pfn, TDX_LEVEL_4K);
	step_add_return(me, &c->td->chldcnt, 1);
	pamt_assign(me, c->mod, w->pfn, TDX_LEVEL_4K, w->entry, PT_TDCX, c->td->tdr);
	return TDX_SUCCESS;
}

/**
 * tdh_vp_init - TDH.VP.INIT (22): the vCPU is ready, and associated with the CPU that calls.
 *
 * In: RCX TDVPR.
 * Upstream: tdh_vp_init.c:tdh_vp_init
 * Fidelity: simplified: no registers
 */
u64 tdh_vp_init(struct task *me, struct tdx_call *c)
{
	struct tdx_td *td;
	u32 index;
	u64 err;

	err = call_lock_tdvpr(me, c, c->a->rcx, OPERAND_RCX, TDX_EXCLUSIVE);
	if (err)
		return err;
	td = c->td;
	err = call_td_state(me, c, true);
	if (err)
		return err;
	if (c->vp->nr_pages < TDX_MIN_TDVPS)
		return TDX_TDCX_NUM_INCORRECT;
	if (c->vp->state != VCPU_UNINITIALIZED)
		return TDX_VCPU_STATE_INCORRECT;
	sim_point(me, td->obj, SIM_WRITE);
	index = step_add_return(me, &td->nr_vcpus, 1) - 1;
	if (index >= td->params.max_vcpus) {
		step_add_return(me, &td->nr_vcpus, -1);
		return TDX_MAX_VCPUS_EXCEEDED;
	}
	cost(me, c->leaf->cost);
	c->vp->index = index;
	store_release(c->vp->assoc_lp, c->lp);
	step_add_return(me, &td->nr_assoc, 1);
	store_release(c->vp->state, (u8)VCPU_READY);
	return TDX_SUCCESS;
}

/**
 * tdh_vp_flush - TDH.VP.FLUSH (18): the CPU that calls forgets the vCPU.
 *
 * In: RCX TDVPR.
 * Upstream: tdh_vp_flush.c:tdh_vp_flush
 * Fidelity: faithful
 */
u64 tdh_vp_flush(struct task *me, struct tdx_call *c)
{
	u64 err;

	err = call_lock_tdvpr(me, c, c->a->rcx, OPERAND_RCX, TDX_EXCLUSIVE);
	if (err)
		return err;
	if (load_acquire(c->td->lifecycle) != TD_KEYS_CONFIGURED)
		return TDX_TD_KEYS_NOT_CONFIGURED;
	if (c->vp->nr_pages < TDX_MIN_TDVPS)
		return TDX_TDCX_NUM_INCORRECT;
	if (load_acquire(c->vp->assoc_lp) != c->lp)
		return TDX_VCPU_NOT_ASSOCIATED;
	cost(me, c->leaf->cost);
	vp_flush_translations(me, c->vp);
	store_release(c->vp->assoc_lp, VCPU_NO_LP);
	step_add_return(me, &c->td->nr_assoc, -1);
	return TDX_SUCCESS;
}

/* Upstream: helpers.c:check_and_associate_vcpu.  Fidelity: faithful */
static u64 associate(struct task *me, struct tdx_call *c, bool *fresh)
{
	struct tdx_vp *vp = c->vp;
	u32 old = VCPU_NO_LP;

	sim_point(me, vp->obj, SIM_WRITE);
	if (load_acquire(vp->state) != VCPU_READY)
		return TDX_VCPU_STATE_INCORRECT | vp->state;
	*fresh = step_try_cmpxchg(me, &vp->assoc_lp, &old, c->lp);
	if (*fresh)
		step_add_return(me, &c->td->nr_assoc, 1);
	return *fresh || old == c->lp ? TDX_SUCCESS : TDX_VCPU_ASSOCIATED;
}

/**
 * tdh_vp_enter - TDH.VP.ENTER (0): into the guest.
 *
 * In: RCX TDVPR; after a TDVMCALL, what the guest gets.
 * Out: see tdx.h: with TDX_SUCCESS the vCPU is in the guest now.
 * Upstream: src/td_transitions/tdh_vp_enter.c:tdh_vp_enter
 * Fidelity: simplified: no registers but TDVMCALL's, no TSC and CPUID checks
 */
u64 tdh_vp_enter(struct task *me, struct tdx_call *c)
{
	u64 tdvpr = c->a->rcx, err;
	struct tdx_vp *vp;
	bool fresh;

	if (tdvpr & 0xfff)
		return TDX_OPERAND_INVALID | OPERAND_RCX;
	err = call_lock_tdvpr(me, c, tdvpr, OPERAND_RCX, TDX_SHARED);
	if (err)
		return err;
	vp = c->vp;
	err = call_td_state(me, c, true);
	if (err)
		return err;
	if (vp->nr_pages < TDX_MIN_TDVPS)
		return TDX_TDCX_NUM_INCORRECT;
	err = associate(me, c, &fresh);
	if (err)
		return err;
	err = epoch_enter(me, c->td, vp, fresh);
	if (err)
		return err;
	err = step_filter(me, c);
	if (err) {
		epoch_leave(me, c->td, vp);
		return err;
	}
	tdx_unlock(me, &c->td->op_state_lock, TDX_SHARED);
	c->op_state_mode = TDX_UNLOCKED;
	if (vp->in_vmcall)
		vp->vmcall = *c->a;
	vp->in_vmcall = false;
	cost(me, c->leaf->cost);
	/* until the TD exit */
	vp->tdvpr_lock = c->tdvpr;
	vp->tdr_lock = c->tdr;
	c->tdvpr.entry = NULL;
	c->tdr.entry = NULL;
	store_release(vp->state, (u8)VCPU_ACTIVE);
	store_release(vp->inside, true);
	return TDX_SUCCESS;
}
