// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/tdx/epoch.c - TLB tracking: when may a page go whose translation vCPUs may remember?
 *
 * The TD has an epoch and two counts of vCPUs in the guest, for those that entered in an even and
 * in an odd one.  BLOCK writes the epoch into the page's PAMT entry; TRACK begins the next one, if
 * nobody is left from the one before; who enters in another epoch than the last time drops his
 * translations.  A blocked page may go when its epoch is the one before and all who entered in it
 * have left, or when it is older.
 *
 * Beside it runs a second account that knows nothing of epochs (seq, blocked_at, flushed_at): a
 * vCPU that has not dropped its translations since the page was blocked, and is in the guest or
 * would enter without dropping them, could use what is taken away.  That is a finding.
 *
 * Invariants: refcount[e & 1] counts the vCPUs in the guest whose epoch is e; two epochs at most
 * have any.
 *
 * Upstream: intel/tdx-module src/common/helpers/helpers.[ch]:adjust_tlb_tracking_state,
 *           is_tlb_tracked; src/vmm_dispatcher/api_calls/tdh_mem_track.c
 * Fidelity: faithful (32 bits of epoch, read together with the counts as there)
 */
#include "model/tdx/internal.h"

/**
 * td_tracking_required - may vCPUs be running at all in this OP_STATE?
 */
bool td_tracking_required(const struct tdx_td *td)
{
	return td->op_state == OP_STATE_RUNNABLE || td->op_state == OP_STATE_LIVE_EXPORT ||
	       td->op_state == OP_STATE_LIVE_IMPORT;
}

static union td_epoch epoch_read(struct task *me, struct tdx_td *td)
{
	sim_point(me, td->obj, SIM_READ);
	return (union td_epoch){ .raw = load_acquire(td->epoch.raw) };
}

/* Change the word as @change says. */
static union td_epoch epoch_update(struct task *me, struct tdx_td *td, u32 epochs, u32 which,
				   int delta)
{
	union td_epoch old, new;

	sim_point(me, td->obj, SIM_WRITE);
	old.raw = load_acquire(td->epoch.raw);
	do {
		new = old;
		new.epoch += epochs;
		new.refcount[which & 1] = (u16)(new.refcount[which & 1] + delta);
	} while (!step_try_cmpxchg(me, &td->epoch.raw, &old.raw, new.raw));
	return old;
}

/**
 * epoch_tracked - has everybody left who could translate a page that was blocked in @bepoch?
 */
bool epoch_tracked(struct task *me, struct tdx_td *td, u32 bepoch)
{
	union td_epoch now = epoch_read(me, td);

	if (bug(me, BUG_TDX_NO_TRACKING))
		return true;
	if (bepoch == now.epoch - 1)
		return !now.refcount[bepoch & 1];
	return bepoch < now.epoch - 1;
}

/**
 * epoch_block - write down when this page was blocked.
 *
 * Context: its entry is blocked already, so that a TRACK in between only makes it later.
 */
void epoch_block(struct task *me, struct tdx_td *td, struct pamt_entry *e)
{
	/* in this order: who drops translations in between has entered in this epoch or earlier */
	store_release(e->blocked_at, step_add_return(me, &td->mod->seq, 1));
	store_release(e->bepoch, epoch_read(me, td).epoch);
}

void vp_flush_translations(struct task *me, struct tdx_vp *vp)
{
	store_release(vp->flushed_at, step_add_return(me, &vp->mod->seq, 1));
	vp->flushes++;
}

/**
 * epoch_enter - a vCPU goes into the guest.
 * @fresh: it was on no CPU before: it has no translations
 *
 * Return: TDX_SUCCESS or TDX_OPERAND_BUSY|TD_EPOCH.
 */
u64 epoch_enter(struct task *me, struct tdx_td *td, struct tdx_vp *vp, bool fresh)
{
	union td_epoch now;

	if (!tdx_trylock(me, &td->epoch_lock, TDX_SHARED))
		return tdx_busy(OPERAND_TD_EPOCH);
	cost(me, COST_tdx_epoch_lock);
	/* the lock keeps the epoch as it is: this is an addition, not a decision */
	now = epoch_read(me, td);
	epoch_update(me, td, 0, now.epoch, 1);
	tdx_unlock(me, &td->epoch_lock, TDX_SHARED);
	if (now.epoch != vp->epoch) {
		if (!fresh)
			cost(me, COST_tdx_invept);
		if (!bug(me, BUG_TDX_NO_INVEPT))
			vp_flush_translations(me, vp);
		store_release(vp->epoch, now.epoch);
	}
	store_release(vp->has_run, true);
	return TDX_SUCCESS;
}

/**
 * epoch_leave - a vCPU has left the guest, or did not get in after all.
 */
void epoch_leave(struct task *me, struct tdx_td *td, struct tdx_vp *vp)
{
	epoch_update(me, td, 0, vp->epoch, -1);
}

/**
 * epoch_check - the page of @e loses the translation that the call takes away: could a vCPU use it?
 *
 * Context: before the call takes effect; only in checked runs.
 */
void epoch_check(struct task *me, struct tdx_call *c, const struct pamt_entry *e)
{
	struct tdx_td *td = c->td;
	u32 blocked_at = load_acquire(e->blocked_at);
	u32 epoch = (u32)load_acquire(td->epoch.epoch);
	struct tdx_vp *vp;

	if (!c->mod->m->cfg.checks && !me->sim->cfg.checks)
		return;
	if (!blocked_at)
		blocked_at = UINT32_MAX; /* never */
	sim_guard_lock(c->mod->sim, &c->mod->guard);
	list_for_each_entry(vp, &td->vps, node) {
		/* before flushed_at: who enters meanwhile drops them first, and is seen to */
		bool inside = load_acquire(vp->inside);
		bool drops = !inside && load_acquire(vp->epoch) != epoch;

		if (drops || !load_acquire(vp->has_run) ||
		    load_acquire(vp->flushed_at) > blocked_at)
			continue;
		sim_finding(me->sim, me, "tlb-stale",
			    "%s of gpa 0x%llx while vCPU %u, %s, may still translate it",
			    c->leaf->name, (unsigned long long)c->ref.gpa, vp->index,
			    inside ? "in the guest" : "which will not drop translations");
	}
	sim_guard_unlock(c->mod->sim, &c->mod->guard);
}

/**
 * tdh_mem_track - TDH.MEM.TRACK (38): begin the next epoch.
 *
 * In: RCX TDR.
 * Upstream: src/vmm_dispatcher/api_calls/tdh_mem_track.c:tdh_mem_track
 * Fidelity: faithful
 */
u64 tdh_mem_track(struct task *me, struct tdx_call *c)
{
	union td_epoch now;
	u64 err;

	err = call_lock_tdr(me, c, c->a->rcx, OPERAND_RCX, TDX_SHARED, PT_TDR);
	if (err)
		return err;
	err = call_td_state(me, c, true);
	if (err)
		return err;
	if (!tdx_trylock(me, &c->td->epoch_lock, TDX_EXCLUSIVE))
		return tdx_busy(OPERAND_TD_EPOCH);
	c->epoch_mode = TDX_EXCLUSIVE;
	now = epoch_read(me, c->td);
	if (now.refcount[(now.epoch + 1) & 1])
		return TDX_PREVIOUS_TLB_EPOCH_BUSY;
	cost(me, c->leaf->cost);
	epoch_update(me, c->td, 1, 0, 0);
	return TDX_SUCCESS;
}
