// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/tdx/guest.c - what happens inside a TD: memory accesses, TDCALLs, TD exits.
 *
 * Invariants: all of this runs in the task that has made VP.ENTER, between that and the TD exit;
 * a TDCALL is atomic for its CPU, as a SEAMCALL is; a guest that finds the host's priority on an
 * entry answers "busy" until its patience is over, then the guest is left.
 *
 * Upstream: intel/tdx-module src/td_dispatcher/
 * Fidelity: simplified: see each function
 */
#include "model/tdx/internal.h"

struct tdx_vp *tdx_vp_find(struct tdx_module *mod, pfn_t pfn)
{
	struct pamt_entry *e = pamt_entry(NULL, mod, pfn, TDX_LEVEL_4K);

	return pamt_type(e) == PT_TDVPR ? tdx_control(mod, pfn) : NULL;
}

struct tdx_td *tdx_td_find(struct tdx_module *mod, pfn_t tdr_pfn)
{
	struct pamt_entry *e = pamt_entry(NULL, mod, tdr_pfn, TDX_LEVEL_4K);

	return pamt_type(e) == PT_TDR ? tdx_control(mod, tdr_pfn) : NULL;
}

const struct tdx_exit *tdx_vp_exit(const struct tdx_vp *vp)
{
	return &vp->exit;
}

bool tdx_vp_in_guest(const struct tdx_vp *vp)
{
	return load_acquire(vp->state) == VCPU_ACTIVE;
}

const struct tdx_module_args *tdx_vmcall_result(const struct tdx_vp *vp)
{
	return &vp->vmcall;
}

/* Out of the guest: vp->exit has been filled.  Upstream: td_exit.c.  Fidelity: simplified */
static enum tdx_guest_result leave(struct task *me, struct tdx_vp *vp)
{
	struct tdx_module *mod = vp->mod;

	SIM_ASSERT(tdx_vp_in_guest(vp));
	__atomic_add_fetch(&mod->nr_calls, 1, __ATOMIC_RELAXED);
	store_release(vp->inside, false);
	cost(me, COST_tdx_td_exit);
	epoch_leave(me, vp->td, vp);
	sim_point(me, vp->obj, SIM_WRITE);
	store_release(vp->state, (u8)VCPU_READY);
	pamt_unlock(me, mod, &vp->tdr_lock);
	pamt_unlock(me, mod, &vp->tdvpr_lock);
	__atomic_sub_fetch(&mod->nr_calls, 1, __ATOMIC_RELAXED);
	return TDX_GUEST_EXIT;
}

void tdx_td_exit(struct task *me, struct tdx_vp *vp, enum tdx_exit_reason reason)
{
	vp->exit = (struct tdx_exit){ .rax = reason };
	leave(me, vp);
}

static enum tdx_guest_result leave_epf(struct task *me, struct tdx_vp *vp,
				       const struct sept_ref *ref, bool write,
				       enum tdx_exit_type type, int level)
{
	vp_exit_epf(me, vp, ref->gpa, write, type, level, ref->copy, ref->level);
	if (type != TDX_EXIT_TYPE_ACCEPT)
		step_log_epf(vp, ref->gpa);
	return leave(me, vp);
}

static struct vp_tlb_entry *tlb_slot(struct tdx_vp *vp, u64 gfn)
{
	return &vp->tlb[gfn & (VP_TLB_ENTRIES - 1)];
}

/*
 * AUG stores the S-EPT entry first, and says in the PAMT afterwards whose the frame is; its lock is
 * held all the while.  The lock is read first: who has given it up has said so.
 */
static bool being_given(const struct pamt_entry *e)
{
	bool locked = load_acquire(e->lock) & SHAREX_EX;

	return locked && pamt_type(e) == PT_NDA;
}

/* A frame that the guest gets at has to be its own. */
static void check_frame(struct task *me, struct tdx_vp *vp, u64 gfn, pfn_t pfn)
{
	struct tdx_module *mod = vp->mod;
	const struct pamt_region *r = pamt_region(me, mod, pfn);
	const struct pamt_entry *e = &r->leaf;

	if (being_given(e))
		return;
	if (pamt_type(e) != PT_REG)
		e = pamt_entry(me, mod, pfn, TDX_LEVEL_4K);
	if (being_given(e))
		return;
	if (pamt_type(e) == PT_NDA)
		e = pamt_entry(me, mod, pfn, TDX_LEVEL_1G);
	if (pamt_type(e) == PT_REG && load_acquire(e->owner) == vp->td->tdr)
		return;
	sim_finding(me->sim, me, "freed-mapped",
		    "vCPU %u of the TD at 0x%x uses gfn 0x%llx, frame 0x%x, which is not its TD's",
		    vp->index, vp->td->tdr, (unsigned long long)gfn, pfn);
}

/*
 * Upstream: the processor's walk; src/td_dispatcher/vm_exits/td_ept_violation.c
 * Fidelity: simplified: 64 translations of 4K, no paging-structure caches
 */
enum tdx_guest_result tdx_guest_access(struct task *me, struct tdx_vp *vp, gpa_t gpa, bool write,
				       pfn_t *pfn)
{
	struct sept_ref ref = { .gpa = ALIGN_DOWN(gpa, PAGE_SIZE) };
	u64 gfn = gpa >> PAGE_SHIFT;
	struct vp_tlb_entry *t = tlb_slot(vp, gfn);
	enum sept_state state;

	SIM_ASSERT(tdx_vp_in_guest(vp));
	if (t->gfn != gfn || t->flushes != vp->flushes) {
		sept_walk(me, vp->td, &ref);
		state = sept_state(ref.copy);
		if (state == SEPT_PENDING && !vp->td->params.pending_ve_disable) {
			vp->rip++; /* the handler's */
			return TDX_GUEST_VE;
		}
		if (!(sept_flags(state) & SEPT_F_GUEST))
			return leave_epf(me, vp, &ref, write,
					 state == SEPT_PENDING ? TDX_EXIT_TYPE_PENDING :
								 TDX_EXIT_TYPE_NONE, 0);
		*t = (struct vp_tlb_entry){ .gfn = gfn, .flushes = vp->flushes };
		t->pfn = sept_pfn(ref.copy, ref.level) +
			 (pfn_t)(gfn & (tdx_level_pages(ref.level) - 1));
	} else {
		sim_point(me, vp->obj, SIM_READ);
	}
	check_frame(me, vp, gfn, t->pfn);
	vp->rip++;
	*pfn = t->pfn;
	return TDX_GUEST_OK;
}

/* --- TDG.MEM.PAGE.ACCEPT --- */

static bool guest_interrupted(struct task *me, struct tdx_module *mod)
{
	if (sim_should_fail(me, "tdx_guest_interrupt"))
		return true;
	return mod->cfg.interrupt_pending ? mod->cfg.interrupt_pending(me) : need_resched(me);
}

/* What is to be done with the entry, before any page is touched. */
enum accept { ACCEPT_OK, ACCEPT_STATUS, ACCEPT_EXIT };

/* Upstream: tdg_mem_page_accept.c:check_tdaccept_failure.  Fidelity: faithful */
static enum accept accept_check(struct task *me, struct tdx_vp *vp, struct sept_ref *ref,
				bool *locked, u64 *rax)
{
	struct tdx_module *mod = vp->mod;
	enum sept_kind walked = sept_kind(sept_state(ref->copy));
	enum sept_state state = sept_state(ref->copy);

	if (ref->level != ref->want) {
		*rax = TDX_PAGE_ALREADY_ACCEPTED | ref->level;
		return sept_flags(state) & SEPT_F_GUEST ? ACCEPT_STATUS : ACCEPT_EXIT;
	}
	*rax = sept_trylock_guest(me, mod, ref);
	if (*rax) {
		*rax |= OPERAND_RCX;
		return ACCEPT_STATUS;
	}
	*locked = true;
	state = sept_state(ref->copy);
	if (!mod->cfg.accept_stale_leaf)
		walked = sept_kind(state);
	if (state != SEPT_FREE && walked != SEPT_KIND_L) {
		*rax = TDX_PAGE_SIZE_MISMATCH | ref->level;
		return ACCEPT_STATUS;
	}
	if (sept_flags(state) & SEPT_F_GUEST) {
		*rax = TDX_PAGE_ALREADY_ACCEPTED | ref->level;
		return ACCEPT_STATUS;
	}
	if (!(tdx_guest_leaf_descs[TDX_GUEST_LEAF_MEM_PAGE_ACCEPT].entry_states >> state & 1))
		return ACCEPT_EXIT;
	return ACCEPT_OK;
}

/* Zero the page; of 2M, from where the last attempt was interrupted.  Return: all done. */
static bool accept_zero(struct task *me, struct tdx_vp *vp, struct sept_ref *ref)
{
	u64 end = tdx_level_pages(ref->level), first = 0, i;

	if (ref->level == TDX_LEVEL_2M)
		first = (ref->copy & SEPT_COUNTER) >> PAGE_SHIFT;
	for (i = first;;) {
		cost(me, COST_tdx_accept_page);
		if (++i == end || guest_interrupted(me, vp->mod))
			break;
	}
	content_zero(me, vp->td, sept_pfn(ref->copy, ref->level) + (pfn_t)first, i - first);
	if (ref->level == TDX_LEVEL_2M)
		ref->copy = (ref->copy & ~SEPT_COUNTER) | (i & (end - 1)) << PAGE_SHIFT;
	return i == end;
}

/**
 * tdg_mem_page_accept - TDG.MEM.PAGE.ACCEPT (6): the guest takes a page that the host has given it.
 *
 * In: RCX address | level 0 or 1.
 * Upstream: src/td_dispatcher/vm_exits/tdg_mem_page_accept.c:tdg_mem_page_accept
 * Fidelity: faithful (accept_stale_leaf is its defect of 1.5.01 and 2.0.04)
 */
static enum tdx_guest_result tdg_mem_page_accept(struct task *me, struct tdx_vp *vp,
						 struct tdx_module_args *a, u64 *rax)
{
	struct sept_ref ref = { .gpa = a->rcx & SEPT_HPA, .want = (u8)(a->rcx & 7) };
	struct tdx_td *td = vp->td;
	bool locked = false, done;
	enum accept what;

	if (a->rcx & 0xff8 || ref.want > TDX_LEVEL_2M || a->rcx >> TDX_MAX_PA ||
	    !IS_ALIGNED(ref.gpa, tdx_level_size(ref.want)) || ref.gpa >> (td->top == 4 ? 51 : 47)) {
		*rax = TDX_OPERAND_INVALID | OPERAND_RCX;
		return TDX_GUEST_OK;
	}
	sept_walk(me, td, &ref);
	what = accept_check(me, vp, &ref, &locked, rax);
	if (what != ACCEPT_OK) {
		if (locked)
			sept_unlock(me, vp->mod, &ref);
		if (what == ACCEPT_STATUS)
			return TDX_GUEST_OK;
		return leave_epf(me, vp, &ref, true, TDX_EXIT_TYPE_ACCEPT, ref.want);
	}
	done = accept_zero(me, vp, &ref);
	if (done)
		ref.copy = sept_with_state(ref.copy, sept_state(ref.copy) == SEPT_PENDING ?
							     SEPT_MAPPED :
							     SEPT_EXPORTED_DIRTY);
	sept_store_unlock(me, vp->mod, &ref, ref.copy);
	*rax = TDX_SUCCESS;
	return done ? TDX_GUEST_OK : TDX_GUEST_RESTART;
}

/*
 * The host has priority over this guest: for how long now?
 *
 * Upstream: src/td_dispatcher/tdx_td_dispatcher.c
 * Fidelity: faithful
 */
static enum tdx_guest_result host_priority(struct task *me, struct tdx_vp *vp, u64 *rax)
{
	sim_ns now_ns = sim_now(me);

	if ((*rax & TDX_SEAMCALL_STATUS_MASK) != TDX_OPERAND_BUSY_HOST_PRIORITY) {
		vp->hp_since_ns = SIM_NS_MAX;
		return TDX_GUEST_OK;
	}
	if (vp->hp_since_ns == SIM_NS_MAX)
		vp->hp_since_ns = now_ns;
	*rax = TDX_OPERAND_BUSY | (u32)*rax;
	if (now_ns - vp->hp_since_ns < vp->mod->cfg.hp_timeout_ns)
		return TDX_GUEST_OK;
	vp->hp_since_ns = SIM_NS_MAX;
	vp->exit = (struct tdx_exit){ .rax = TDX_HOST_PRIORITY_BUSY_TIMEOUT };
	return leave(me, vp);
}

static enum tdx_guest_result tdcall_leaf(struct task *me, struct tdx_vp *vp, u64 leaf,
					 struct tdx_module_args *args, u64 *rax)
{
	enum tdx_guest_result ret;

	switch (leaf) {
	case TDG_VP_VMCALL:
		if (tdx_guest_leaf_fails(me, TDX_GUEST_LEAF_VP_VMCALL)) {
			*rax = tdx_guest_leaf_descs[TDX_GUEST_LEAF_VP_VMCALL].inject;
			return TDX_GUEST_OK;
		}
		vp->exit = (struct tdx_exit){ .rax = EXIT_REASON_TDCALL, .regs = *args };
		vp->in_vmcall = true;
		vp->rip++;
		*rax = TDX_SUCCESS;
		return leave(me, vp);
	case TDG_MEM_PAGE_ACCEPT:
		*rax = tdx_guest_leaf_descs[TDX_GUEST_LEAF_MEM_PAGE_ACCEPT].inject;
		if (tdx_guest_leaf_fails(me, TDX_GUEST_LEAF_MEM_PAGE_ACCEPT))
			return TDX_GUEST_OK;
		ret = tdg_mem_page_accept(me, vp, args, rax);
		if (ret != TDX_GUEST_OK)
			return ret;
		vp->rip++;
		return host_priority(me, vp, rax);
	default:
		*rax = TDX_OPERAND_INVALID | OPERAND_RAX;
		return TDX_GUEST_OK;
	}
}

/* A call that left the guest, or has to be made again, has had no answer yet. */
static void guest_stat(struct task *me, struct tdx_module *mod, u64 leaf, u64 rax, sim_ns since_ns)
{
	for (u32 i = 0; i < NR_TDX_GUEST_LEAVES; i++) {
		if (tdx_guest_leaf_descs[i].number == leaf)
			tdx_stat_record(me, mod, NR_TDX_LEAVES + i, rax, since_ns);
	}
}

enum tdx_guest_result tdcall(struct task *me, struct tdx_vp *vp, u64 leaf,
			     struct tdx_module_args *args, u64 *rax)
{
	sim_ns since_ns = sim_now(me);
	enum tdx_guest_result ret;

	SIM_ASSERT(tdx_vp_in_guest(vp));
	local_irq_disable(me);
	__atomic_add_fetch(&vp->mod->nr_calls, 1, __ATOMIC_RELAXED);
	cost(me, COST_tdx_tdcall);
	ret = tdcall_leaf(me, vp, leaf, args, rax);
	guest_stat(me, vp->mod, leaf, ret == TDX_GUEST_OK ? *rax : TDX_SUCCESS, since_ns);
	__atomic_sub_fetch(&vp->mod->nr_calls, 1, __ATOMIC_RELAXED);
	local_irq_enable(me);
	return ret;
}
