// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/tdx/dispatch.c - SEAMCALL: from a leaf number to the leaf, and what all of them share.
 *
 * Interrupts stay out while the module runs.  No lock of the whole module is taken.
 *
 * Invariant: a call holds no lock when it returns; VP.ENTER's two wait for the TD exit.
 *
 * Upstream: intel/tdx-module src/vmm_dispatcher/tdx_vmm_dispatcher.c
 * Fidelity: faithful, for a module that is ready
 */
#include "model/events.h"
#include "model/tdx/internal.h"

static const tdx_leaf_fn leaf_fns[NR_TDX_LEAVES] = {
#define LEAF(id, name, number, slug, ...) [TDX_LEAF_##id] = tdh_##slug,
	TDX_LEAVES(LEAF)
#undef LEAF
};

static int leaf_find(u32 number)
{
	for (int i = 0; i < NR_TDX_LEAVES; i++) {
		if (tdx_leaf_descs[i].number == number)
			return i;
	}
	return -1;
}

/* The leaves that exist in a version 1, too: it only adds registers for L2 guests. */
static bool version_known(enum tdx_leaf_index leaf, u32 version)
{
	return version == 0 || (version == 1 && (leaf == TDX_LEAF_MEM_SEPT_ADD ||
						 leaf == TDX_LEAF_MEM_SEPT_REMOVE ||
						 leaf == TDX_LEAF_MEM_PAGE_PROMOTE));
}

/**
 * tdx_stat_record - one call of @leaf, which began at @since_ns, has answered @rax.
 *
 * Latencies are kept with lock statistics only.
 * @leaf: an index of a SEAMCALL, or NR_TDX_LEAVES and the index of a TDCALL
 */
void tdx_stat_record(struct task *me, struct tdx_module *mod, u32 leaf, u64 rax, sim_ns since_ns)
{
	struct tdx_leaf_stat *st = &mod->stat[leaf];
	struct hist *fresh = NULL;

	/* what set-up does is no part of the run */
	if (me->id == SIM_NO_TASK)
		return;
	if (me->sim->cfg.lock_stat && unlikely(!load_acquire(st->latency))) {
		fresh = sim_alloc(mod->sim, sizeof(*fresh));
		hist_init(fresh);
	}
	sim_guard_lock(mod->sim, &mod->guard);
	if (!st->latency && fresh) {
		store_release(st->latency, fresh);
		fresh = NULL;
	}
	st->calls++;
	st->busy += (rax & TDX_SEAMCALL_STATUS_MASK) == TDX_OPERAND_BUSY;
	st->errors += rax >> 63 && (rax & TDX_SEAMCALL_STATUS_MASK) != TDX_OPERAND_BUSY;
	if (st->latency)
		hist_record(st->latency, sim_now(me) - since_ns);
	sim_guard_unlock(mod->sim, &mod->guard);
	if (fresh)
		sim_free(mod->sim, fresh, sizeof(*fresh));
}

u64 seamcall_on(struct task *me, struct tdx_module *mod, u32 lp, u64 rax,
		struct tdx_module_args *args)
{
	struct tdx_call c = { .mod = mod, .a = args, .lp = lp, .version = (u32)(rax >> 16) & 0xff,
			      .in_rcx = args->rcx, .in_rdx = args->rdx };
	sim_ns since_ns = sim_now(me);
	int leaf;
	u64 ret;

	SIM_FRAME(me);
	local_irq_disable(me);
	__atomic_add_fetch(&mod->nr_calls, 1, __ATOMIC_RELAXED);
	sim_event(me, EV_kvm_tdx_seamcall_enter, rax, args->rcx, args->rdx);
	cost(me, COST_tdx_seamcall);
	leaf = rax >> 24 ? -1 : leaf_find((u32)rax & 0xffff);
	if (leaf < 0 || !version_known((enum tdx_leaf_index)leaf, c.version)) {
		ret = TDX_OPERAND_INVALID | OPERAND_RAX;
	} else if (leaf != TDX_LEAF_PHYMEM_CACHE_WB &&
		   tdx_leaf_fails(me, (enum tdx_leaf_index)leaf)) {
		ret = tdx_leaf_descs[leaf].inject;
	} else {
		c.leaf = &tdx_leaf_descs[leaf];
		me->frame[me->nr_frames - 1] = c.leaf->name;
		ret = leaf_fns[leaf](me, &c);
		call_end(me, &c);
	}
	__atomic_sub_fetch(&mod->nr_calls, 1, __ATOMIC_RELAXED);
	sim_event(me, EV_kvm_tdx_seamcall_exit, rax, ret, args->rcx);
	local_irq_enable(me);
	if (leaf >= 0)
		tdx_stat_record(me, mod, (u32)leaf, ret, since_ns);
	return ret;
}

u64 seamcall(struct task *me, struct tdx_module *mod, u64 leaf, struct tdx_module_args *args)
{
	return seamcall_on(me, mod, me->cpu, leaf, args);
}
