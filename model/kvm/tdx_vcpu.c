// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/tdx_vcpu.c - a TD's vCPU in KVM: into the guest by VP.ENTER, and out of it by TD exits.
 *
 * Invariants:
 *  - VP.ENTER is not called while wait_for_sept_zap is set; who was past that look is thrown out by
 *    the kick that follows;
 *  - a BUSY of VP.ENTER goes all the way out, so that interrupts are on for a moment and the kick
 *    that may have caused it gets through;
 *  - a private fault that has to be retried is retried here: each new entry at the same instruction
 *    would bring zero-step mitigation nearer (facts/tdx.md 4.6).  The ways out are those of
 *    tdx_handle_ept_violation().
 *
 * Upstream: arch/x86/kvm/vmx/tdx.c; accept level: TDX huge pages v3, 13/24
 * Fidelity: simplified: of TDVMCALLs, MapGPA, HLT and the report of a fatal error; no NMIs, MMIO
 */
#include "model/events.h"
#include "model/fails.h"
#include "model/kvm/lpage.h"
#include "model/kvm/tdx_run.h"
#include "sim/atomic.h"

/* Exits for the same thing in a row, with nobody in the way: no coincidence any more. */
#define SAME_EXIT_BOUND	    16u
#define ZERO_STEP_THRESHOLD 6u /* the module's: the next VP.ENTER takes the tree's lock */

/* --- entry --- */

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_complete_vmcall_map_gpa
 * Fidelity: faithful
 */
static int tdx_complete_vmcall_map_gpa(struct task *me, struct vcpu *vcpu)
{
	struct vcpu_tdx *tdx = vcpu->tdx;

	if (tdx->hypercall_ret) {
		tdx->vp_enter_args.r10 = TDVMCALL_STATUS_INVALID_OPERAND;
		tdx->vp_enter_args.r11 = tdx->map_gpa_next;
		return RUN_CONTINUE;
	}
	tdx->map_gpa_next += TDX_MAP_GPA_MAX_LEN;
	if (tdx->map_gpa_next >= tdx->map_gpa_end)
		return RUN_CONTINUE;
	if (tdx_vcpu_has_events(me, vcpu)) {
		tdx->vp_enter_args.r10 = TDVMCALL_STATUS_RETRY;
		tdx->vp_enter_args.r11 = tdx->map_gpa_next;
		return RUN_CONTINUE;
	}
	tdx->io_pending = true;
	return TDX_RUN_HYPERCALL;
}

int tdx_vcpu_pre_run(struct task *me, struct vcpu *vcpu)
{
	struct vcpu_tdx *tdx = vcpu->tdx;
	int r;

	if (!tdx || tdx->state != VCPU_TD_STATE_INITIALIZED || !tdx_runnable(vcpu->vm))
		return -EINVAL;
	if (likely(!tdx->io_pending))
		return 0;
	tdx->io_pending = false;
	r = tdx_complete_vmcall_map_gpa(me, vcpu);
	return r == RUN_CONTINUE ? 0 : r;
}

int tdx_vcpu_run(struct task *me, struct vcpu *vcpu)
{
	struct vm_tdx *vm_tdx = vcpu->vm->tdx;
	struct vcpu_tdx *tdx = vcpu->tdx;
	struct tdx_module_args args = tdx->vp_enter_args;

	SIM_FRAME(me);
	if (unlikely(READ_ONCE(me, vm_tdx->obj, vm_tdx->wait_for_sept_zap))) {
		tdx->vp_enter_ret = TDX_OPERAND_BUSY; /* is handled the same way: not at all */
		return RUN_CONTINUE;
	}
	args.rcx = tdx_pfn_pa(tdx->tdvpr);
	tdx->vp_enter_ret = seamcall(me, vm_tdx->host->mod, TDH_VP_ENTER, &args);
	if (likely(!tdx->vp_enter_ret)) {
		tdx->nr_enters++;
		store_release(tdx->event, false);
		return 0;
	}
	if (tdx_operand_busy(tdx->vp_enter_ret))
		tdx->nr_enter_busy++;
	return RUN_CONTINUE;
}

bool tdx_interrupt_pending(struct task *me)
{
	return need_resched(me) || signal_pending(me) ||
	       __atomic_load_n(&me->irq_pending, __ATOMIC_RELAXED);
}

/*
 * Upstream: arch/x86/kvm/x86.c:kvm_vcpu_has_events
 * Fidelity: simplified: one kind of event; like there, it may be one the guest does not want now
 * Fail site: "vcpu_event": an interrupt has just come.
 */
bool tdx_vcpu_has_events(struct task *me, struct vcpu *vcpu)
{
	if (sim_should_fail(me, "vcpu_event"))
		store_release(vcpu->tdx->event, true);
	return READ_ONCE(me, vcpu->obj, vcpu->tdx->event);
}

/* --- EPT violations --- */

/*
 * Context: mmu_lock held for write.
 * Return: 0, or what split_cross_boundary_leafs() says.
 */
static int inhibit_above(struct task *me, struct vm *vm, struct memory_slot *slot, gfn_t gfn,
			 int level)
{
	gfn_t start = ALIGN_DOWN(gfn, PAGES_PER_HPAGE(level));
	struct gfn_range range = {
		.slot = slot,
		.start = start,
		.end = start + PAGES_PER_HPAGE(level),
		.attr_filter = FILTER_PRIVATE,
		.may_block = true,
	};
	int r;

	if (bug(me, BUG_ACCEPT_FLAG_FIRST))
		hugepage_set_guest_inhibit(me, slot, gfn, level + 1);
	/* No flush: the split has had all vCPUs out of the guest. */
	r = split_cross_boundary_leafs(me, vm, &range, false);

	if (r)
		return r;
	hugepage_set_guest_inhibit(me, slot, gfn, level + 1);
	if (level == PG_LEVEL_4K)
		hugepage_set_guest_inhibit(me, slot, gfn, level + 2);
	return 0;
}

/* KVM maps as it likes, and the guest's ACCEPT meets the same larger page.  It ends for reports. */
static int accept_level_ignored(struct task *me, struct vcpu *vcpu, const struct tdx_exit *exit)
{
	struct livelock *l = &vcpu->tdx->same_exit;

	if (!exit->err_leaf || exit->err_level <= exit->level) {
		livelock_progress(l);
		return 0;
	}
	livelock_failed(me, l, false, SAME_EXIT_BOUND,
			"the guest accepts a part of a page that is mapped as a whole");
	return l->failures < SAME_EXIT_BOUND ? 0 : -EIO;
}

/*
 * The guest accepts memory in pieces of this size: what is there is split, and no larger piece will
 * be mapped there again.  The split comes before the flag: who finds the flag need not look.
 *
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_honor_guest_accept_level (TDX huge pages v3, 13/24)
 * Fidelity: faithful
 * Return: 0, or what becomes of the exit: in KERNEL_HUGETLB_WIP -ENOMEM comes as 1.
 */
static int tdx_honor_guest_accept_level(struct task *me, struct vcpu *vcpu,
					const struct tdx_exit *exit)
{
	struct vm *vm = vcpu->vm;
	gfn_t gfn = exit->gpa >> PAGE_SHIFT;
	int level = exit->level + 1, r;
	struct memory_slot *slot;

	if (vm->machine->cfg.kernel < KERNEL_HUGETLB_WIP || exit->type != TDX_EXIT_TYPE_ACCEPT ||
	    level > PG_LEVEL_2M)
		return 0;
	if (bug(me, BUG_ACCEPT_LEVEL))
		return accept_level_ignored(me, vcpu, exit);
	slot = gfn_to_memslot(me, vm, gfn);
	if (!slot || hugepage_test_guest_inhibit(me, slot, gfn, level + 1))
		return 0;
	SIM_FRAME(me);
	vm_mmu_lock(me, vm);
	r = inhibit_above(me, vm, slot, gfn, level);
	vm_mmu_unlock(me, vm);
	return r;
}

/*
 * Why must a private fault not be tried again here?
 *
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_handle_ept_violation, arch/x86/kvm/mmu/mmu.c:
 *           kvm_mmu_faultin_pfn (its check for an invalid slot)
 * Fidelity: faithful
 * Return: 0 to try again, -EIO, or RET_PF_RETRY for a new entry.
 */
static int tdx_local_retry(struct task *me, struct vcpu *vcpu, gpa_t gpa)
{
	struct memory_slot *slot;

	if (bug(me, BUG_ZERO_STEP)) {
		livelock_failed(me, &vcpu->tdx->same_exit, false, ZERO_STEP_THRESHOLD,
				"KVM enters the guest where its page is not there yet");
		return RET_PF_RETRY;
	}
	fail_signal(me, "signal_ept");
	/* the guest's own timer is an event, too */
	if (signal_pending(me) || me->watchdog_due ||
	    (vcpu->tdx && tdx_vcpu_has_events(me, vcpu)))
		return RET_PF_RETRY;
	vcpu->nr_retries++;
	lock_retry_begin(me, &vcpu->vm->invalidate_map);
	sim_retry(me);
	if (vcpu_check_request(vcpu, REQ_VM_DEAD))
		return -EIO;
	/* Whoever deletes the slot waits for this vCPU's SRCU section. */
	slot = gfn_to_memslot(me, vcpu->vm, gpa >> PAGE_SHIFT);
	return slot && (slot->flags & MEMSLOT_INVALID) ? RET_PF_RETRY : 0;
}

/*
 * Whom can the fault be waiting for?  Whoever zaps, splits or has an entry frozen, or has ended an
 * invalidation since the sequence was @mmu_seq, before this try.
 *
 * Return: nobody, many times in a row.
 */
static bool retries_in_vain(struct task *me, struct vcpu *vcpu, u64 mmu_seq, struct livelock *l)
{
	const struct vm *vm = vcpu->vm;
	bool prevented = !vm->machine->tdx || !tdx_idle(vm->machine->tdx->mod) ||
			 load_acquire(vm->mmu_invalidate_in_progress) ||
			 load_acquire(vm->mmu_lock.cnts) || vcpu_request_pending(vcpu) ||
			 data_race(vm->mmu_invalidate_seq) != mmu_seq;

	livelock_failed(me, l, prevented, SAME_EXIT_BOUND,
			"a private fault is tried again, and nobody is in its way");
	return l->failures >= SAME_EXIT_BOUND;
}

/*
 * A private fault of a TD that must retry is tried again here: the guest would not get on anyway.
 *
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_handle_ept_violation
 * Fidelity: faithful
 * Return: enum ret_pf or an errno.
 */
int tdx_handle_ept_violation(struct task *me, struct vcpu *vcpu, gpa_t gpa, bool is_private,
			     bool write)
{
	struct livelock l = { .failures = 0 };
	int r, why;

	for (;;) {
		u64 mmu_seq = data_race(vcpu->vm->mmu_invalidate_seq);

		r = mmu_page_fault(me, vcpu, gpa, is_private, write);
		if (r != RET_PF_RETRY || !is_private) {
			if (vcpu->tdx && !bug(me, BUG_ACCEPT_LEVEL))
				livelock_progress(&vcpu->tdx->same_exit);
			return r;
		}
		if (retries_in_vain(me, vcpu, mmu_seq, &l))
			return -EIO;
		why = tdx_local_retry(me, vcpu, gpa);
		if (why)
			return why;
		sim_cost(me, max(cost_value(me, COST_retry_delay), (sim_ns)1));
		cond_resched(me);
	}
}

/*
 * Upstream: arch/x86/kvm/vmx/common.h:__vmx_handle_ept_violation, arch/x86/kvm/mmu/mmu.c:
 *           kvm_mmu_page_fault
 * Fidelity: faithful
 */
int tdx_ept_violation_result(struct task *me, struct vcpu *vcpu, int r)
{
	if (r < 0)
		return r;
	if (r == RET_PF_EMULATE)
		return ACCESS_EXIT_MMIO;
	if (r == RET_PF_RETRY) {
		vcpu->nr_retries++;
		lock_retry_begin(me, &vcpu->vm->invalidate_map);
		sim_retry(me);
		sim_cost(me, max(cost_value(me, COST_retry_delay), (sim_ns)1));
	}
	return RUN_CONTINUE;
}

static int tdx_private_violation(struct task *me, struct vcpu *vcpu)
{
	const struct tdx_exit *exit = tdx_vp_exit(vcpu->tdx->vp);
	int r;

	vcpu->nr_faults++;
	/* tdx_is_sept_violation_unexpected_pending() */
	if (exit->type == TDX_EXIT_TYPE_PENDING) {
		vm_set_dead(me, vcpu->vm);
		return -EIO;
	}
	r = tdx_honor_guest_accept_level(me, vcpu, exit);
	if (r)
		return r;
	/* Private pages are always mapped writable. */
	r = tdx_handle_ept_violation(me, vcpu, exit->gpa, true, true);
	return tdx_ept_violation_result(me, vcpu, r);
}

/* --- TDVMCALLs --- */

static bool is_private_gpa(const struct vm *vm, gpa_t gpa)
{
	return !(gpa & tdx_shared_bit(vm));
}

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_map_gpa
 * Fidelity: faithful
 */
static u64 map_gpa_check(const struct vcpu *vcpu, gpa_t gpa, u64 size)
{
	const struct vm *vm = vcpu->vm;
	gpa_t last = gpa + size - 1;

	if (!vcpu->tdx->exit_on_hypercall)
		return TDVMCALL_STATUS_SUBFUNC_UNSUPPORTED;
	if (gpa + size <= gpa || gpa >> TDX_MAX_PA || last >> TDX_MAX_PA ||
	    is_private_gpa(vm, gpa) != is_private_gpa(vm, last))
		return TDVMCALL_STATUS_INVALID_OPERAND;
	if (!IS_ALIGNED(gpa, PAGE_SIZE) || !IS_ALIGNED(size, PAGE_SIZE))
		return TDVMCALL_STATUS_ALIGN_ERROR;
	return TDVMCALL_STATUS_SUCCESS;
}

static int tdx_map_gpa(struct vcpu *vcpu)
{
	struct vcpu_tdx *tdx = vcpu->tdx;
	gpa_t gpa = tdx->vp_enter_args.r12;
	u64 size = tdx->vp_enter_args.r13;
	u64 status = map_gpa_check(vcpu, gpa, size);

	if (status) {
		tdx->vp_enter_args.r10 = status;
		tdx->vp_enter_args.r11 = gpa;
		return RUN_CONTINUE;
	}
	tdx->map_gpa_end = gpa + size;
	tdx->map_gpa_next = gpa;
	tdx->io_pending = true;
	return TDX_RUN_HYPERCALL;
}

/*
 * Out of guest mode: whoever kicks vCPUs does not meet this one.
 *
 * Upstream: virt/kvm/kvm_main.c:kvm_vcpu_block
 * Fidelity: simplified: no halt polling
 */
static int tdx_emulate_halt(struct task *me, struct vcpu *vcpu)
{
	struct vcpu_tdx *tdx = vcpu->tdx;
	sim_ns until_ns = tdx->halt_until_ns ? tdx->halt_until_ns : SIM_NS_MAX;

	SIM_FRAME(me);
	vcpu_srcu_read_unlock(me, vcpu);
	might_sleep(me);
	/* Requests for memory do not wake: KVM_REQUEST_NO_WAKEUP. */
	while (!READ_ONCE(me, vcpu->obj, tdx->event) && !signal_pending(me)) {
		if (sim_park(me, PARK_INTR, until_ns) == -ETIME)
			store_release(tdx->event, true);
	}
	vcpu_srcu_read_lock(me, vcpu);
	return RUN_CONTINUE;
}

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:handle_tdvmcall, tdcall_to_vmx_exit_reason
 * Fidelity: simplified
 */
static int handle_tdvmcall(struct task *me, struct vcpu *vcpu)
{
	struct vcpu_tdx *tdx = vcpu->tdx;

	tdx->vp_enter_args = tdx_vp_exit(tdx->vp)->regs;
	tdx->vp_enter_args.r10 = TDVMCALL_STATUS_SUCCESS;
	switch (tdx_vp_exit(tdx->vp)->regs.r11) {
	case EXIT_REASON_HLT:
		return tdx_emulate_halt(me, vcpu);
	case TDVMCALL_MAP_GPA:
		return tdx_map_gpa(vcpu);
	case TDVMCALL_REPORT_FATAL_ERROR:
		return ACCESS_EXIT_SYSTEM_EVENT;
	default:
		tdx->vp_enter_args.r10 = TDVMCALL_STATUS_SUBFUNC_UNSUPPORTED;
		return RUN_CONTINUE;
	}
}

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_handle_exit
 * Fidelity: faithful for the exits there are
 */
int tdx_handle_exit(struct task *me, struct vcpu *vcpu)
{
	u64 ret = vcpu->tdx->vp_enter_ret;

	SIM_FRAME(me);
	if (tdx_operand_busy(ret)) {
		/* A turn of KVM_RUN's loop takes so long at the least. */
		sim_cost(me, max(cost_value(me, COST_retry_delay), (sim_ns)100));
		return RUN_CONTINUE;
	}
	/* TDX_ERROR, TDX_NON_RECOVERABLE: KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON */
	if (unlikely(ret >> 62))
		return ACCESS_EXIT_INTERNAL_ERROR;
	switch (ret) {
	case EXIT_REASON_EXTERNAL_INTERRUPT:
		return RUN_CONTINUE;
	case EXIT_REASON_TRIPLE_FAULT: /* KVM_EXIT_SHUTDOWN */
		return ACCESS_EXIT_SYSTEM_EVENT;
	case EXIT_REASON_TDCALL:
		return handle_tdvmcall(me, vcpu);
	case EXIT_REASON_EPT_VIOLATION:
		return tdx_private_violation(me, vcpu);
	default:
		return ACCESS_EXIT_INTERNAL_ERROR;
	}
}
