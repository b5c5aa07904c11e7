// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/tdx/step.c - zero-step mitigation: no entry while a page that has just been missed is
 * still missing.
 *
 * Each exit for missing private memory is counted while the guest's instruction stays the same;
 * from the seventh on the addresses are written down.  The next entries take the S-EPT's lock and
 * look whether these are there now; if one is not, VP.ENTER answers as if the guest had run into it
 * again.  Exits of ACCEPT do not count.
 *
 * Invariant: the tree's lock, if it is taken here, is given back before the guest runs.
 *
 * Upstream: intel/tdx-module src/td_transitions/td_exit_stepping.c:td_entry_stepping_filter,
 *           td_exit_epf_stepping_log
 * Fidelity: simplified: no single-step mitigation, no #VE that tells the guest
 */
#include "model/tdx/internal.h"

/**
 * step_log_epf - the guest was left because private memory at @gpa was not there.
 */
void step_log_epf(struct tdx_vp *vp, gpa_t gpa)
{
	if (vp->rip != vp->rip_on_entry) {
		vp->nr_epf = 0;
		vp->nr_epf_gpas = 0;
	}
	if (vp->nr_epf < EPF_THRESHOLD) {
		vp->nr_epf++;
		return;
	}
	if (vp->nr_epf_gpas == EPF_LIST_SIZE)
		return;
	for (u32 i = 0; i < vp->nr_epf_gpas; i++) {
		if (vp->epf_gpa[i] == gpa)
			return;
	}
	vp->epf_gpa[vp->nr_epf_gpas++] = gpa;
}

/* Would the guest be left again for @gpa?  A page to be accepted is a #VE, not an exit. */
static bool epf_expected(struct task *me, struct tdx_td *td, gpa_t gpa, struct sept_ref *ref)
{
	enum sept_state state;

	*ref = (struct sept_ref){ .gpa = gpa };
	sept_walk(me, td, ref);
	state = sept_state(ref->copy);
	if (sept_flags(state) & SEPT_F_GUEST)
		return false;
	return state != SEPT_PENDING || td->params.pending_ve_disable;
}

/**
 * vp_exit_epf - what VP.ENTER answers for an EPT violation on private memory.
 */
void vp_exit_epf(struct task *me, struct tdx_vp *vp, gpa_t gpa, bool write,
		 enum tdx_exit_type type, int level, u64 e, int err_level)
{
	vp->exit = (struct tdx_exit){
		.rax = EXIT_REASON_EPT_VIOLATION,
		.gpa = gpa,
		.write = write,
		.type = type,
		.level = (u8)level,
		.err_level = (u8)err_level,
		.err_state = (u8)sept_public(e),
		.err_leaf = sept_kind(sept_state(e)) == SEPT_KIND_L,
	};
}

/**
 * step_filter - may this vCPU go into the guest?
 *
 * Return: TDX_SUCCESS, TDX_OPERAND_BUSY|SEPT_TREE, or EXIT_REASON_EPT_VIOLATION without an entry.
 */
u64 step_filter(struct task *me, struct tdx_call *c)
{
	enum tdx_mode mode = c->mod->cfg.zero_step_exclusive ? TDX_EXCLUSIVE : TDX_SHARED;
	struct tdx_vp *vp = c->vp;
	u64 ret = TDX_SUCCESS;
	struct sept_ref ref;

	vp->rip_on_entry = vp->rip;
	if (!vp->nr_epf_gpas)
		return TDX_SUCCESS;
	if (!tdx_trylock(me, &c->td->tree_lock, mode))
		return tdx_busy(OPERAND_SEPT_TREE);
	cost(me, COST_tdx_zero_step);
	for (u32 i = 0; i < vp->nr_epf_gpas && !ret; i++) {
		if (epf_expected(me, c->td, vp->epf_gpa[i], &ref)) {
			vp_exit_epf(me, vp, ref.gpa, true, TDX_EXIT_TYPE_NONE, 0, ref.copy,
				    ref.level);
			ret = EXIT_REASON_EPT_VIOLATION;
		}
	}
	tdx_unlock(me, &c->td->tree_lock, mode);
	return ret;
}
