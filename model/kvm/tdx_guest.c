// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/tdx_guest.c - what the guest of a TD does: touch, accept, convert, halt, spin.
 *
 * From VP.ENTER to the TD exit the CPU's interrupts are off for the host.  The guest looks for
 * interrupts before each instruction modelled here, the module in the middle of long TDCALLs; one
 * that is there ends the stay, which is when its sender has its answer.
 *
 * Invariants: each function that returns 0 leaves the vCPU in the guest; with anything else it is
 * outside, and that is what KVM_RUN returns.
 *
 * Upstream: the guest: arch/x86/coco/tdx/tdx.c, tdx-shared.c
 * Fidelity: simplified: each function says how
 */
#include "model/check.h"
#include "model/fails.h"
#include "model/kvm/tdx_run.h"
#include "model/mm/folio.h"
#include "sim/atomic.h"

void guest_set_ve_policy(struct vm *vm, enum tdx_ve_policy policy)
{
	if (vm->tdx)
		vm->tdx->ve_policy = policy;
}

/* --- out and in again --- */

/* The guest was left: handle why, and go back. */
static int guest_exited(struct task *me, struct vcpu *vcpu)
{
	struct vcpu_tdx *tdx = vcpu->tdx;
	int r;

	tdx->vp_enter_ret = tdx_vp_exit(tdx->vp)->rax;
	vcpu_td_left(me, vcpu);
	r = tdx_handle_exit(me, vcpu);
	return r == RUN_CONTINUE ? vcpu_run_into_guest(me, vcpu) : r;
}

static int guest_leave(struct task *me, struct vcpu *vcpu, enum tdx_exit_reason reason)
{
	tdx_td_exit(me, vcpu->tdx->vp, reason);
	return guest_exited(me, vcpu);
}

/* An interrupt for the host ends the guest's stay. */
static int guest_interrupted(struct task *me, struct vcpu *vcpu)
{
	vcpu->nr_kicks++;
	return guest_leave(me, vcpu, EXIT_REASON_EXTERNAL_INTERRUPT);
}

/* Before each instruction. */
static int guest_check_interrupts(struct task *me, struct vcpu *vcpu)
{
	sim_point(me, vcpu->vm->obj_requests, SIM_READ);
	return unlikely(tdx_interrupt_pending(me)) ? guest_interrupted(me, vcpu) : 0;
}

/* For the same page once more, as KVM sees nothing to do: time must go on. */
static int guest_exited_again(struct task *me, struct vcpu *vcpu, u32 *nr_exits)
{
	if ((*nr_exits)++)
		sim_cost(me, 1);
	return guest_exited(me, vcpu);
}

/* A TDVMCALL; its answer is in tdx_vmcall_result(). */
static int guest_vmcall(struct task *me, struct vcpu *vcpu, const struct tdx_module_args *regs)
{
	struct tdx_module_args args = *regs;
	u64 rax;

	if (tdcall(me, vcpu->tdx->vp, TDG_VP_VMCALL, &args, &rax) == TDX_GUEST_EXIT)
		return guest_exited(me, vcpu);
	/* Linux: __tdx_hypercall_failed(), which cannot even report it. */
	return guest_leave(me, vcpu, EXIT_REASON_TRIPLE_FAULT);
}

/* The guest cannot go on: panic. */
static int guest_die(struct task *me, struct vcpu *vcpu)
{
	const struct tdx_module_args regs = { .r11 = TDVMCALL_REPORT_FATAL_ERROR };
	int r = guest_vmcall(me, vcpu, &regs);

	SIM_ASSERT(r != 0);
	return r;
}

/* --- accepting --- */

/*
 * One TDG.MEM.PAGE.ACCEPT, however often it is interrupted or leaves for the host.
 * @rax: its answer
 */
static int guest_accept_page(struct task *me, struct vcpu *vcpu, gpa_t gpa, int level, u64 *rax)
{
	u32 nr_exits = 0;
	int r;

	for (;;) {
		struct tdx_module_args args = { .rcx = gpa | (u64)(level - 1) };

		r = guest_check_interrupts(me, vcpu);
		if (r)
			return r;
		switch (tdcall(me, vcpu->tdx->vp, TDG_MEM_PAGE_ACCEPT, &args, rax)) {
		case TDX_GUEST_RESTART:
			r = guest_interrupted(me, vcpu);
			break;
		case TDX_GUEST_EXIT:
			r = guest_exited_again(me, vcpu, &nr_exits);
			break;
		default:
			lock_retry_end(me, 0);
			return 0;
		}
		if (r) {
			lock_retry_end(me, r);
			return r;
		}
	}
}

/*
 * Linux gives up where the host is at the same page; the module's specification says to try again.
 * @nr: pages that are settled; 0: try smaller ones
 */
static int guest_accept_one(struct task *me, struct vcpu *vcpu, gpa_t gpa, int level,
			    struct accept_info *acc, u64 *nr)
{
	u64 rax, status;
	int r;

	*nr = PAGES_PER_HPAGE(level);
	for (;;) {
		r = guest_accept_page(me, vcpu, gpa, level, &rax);
		if (r)
			return r;
		status = rax & TDX_SEAMCALL_STATUS_MASK;
		if (status != TDX_OPERAND_BUSY)
			break;
		acc->busy++;
		sim_cost(me, max(cost_value(me, COST_retry_delay), (sim_ns)1));
	}
	switch (status) {
	case TDX_SUCCESS:
		acc->accepted_pages += *nr;
		acc->accepted_2m += level == PG_LEVEL_2M;
		return 0;
	case TDX_PAGE_ALREADY_ACCEPTED:
		acc->already_pages += *nr;
		return 0;
	case TDX_PAGE_SIZE_MISMATCH:
		acc->mismatches++;
		if (level > PG_LEVEL_4K) {
			*nr = 0;
			return 0;
		}
	}
	acc->status = rax;
	return guest_die(me, vcpu);
}

/*
 * The largest page that is aligned and fits, then smaller ones.
 *
 * Upstream: arch/x86/coco/tdx/tdx-shared.c:tdx_accept_memory, try_accept_one
 * Fidelity: simplified: 1G, which no module takes, is not tried; pages that were accepted before
 * count as done
 */
static int guest_accept_next(struct task *me, struct vcpu *vcpu, gpa_t gpa, u64 len, int level,
			     struct accept_info *acc, u64 *nr)
{
	bool fits = IS_ALIGNED(gpa, PAGES_PER_HPAGE(PG_LEVEL_2M) << PAGE_SHIFT) &&
		    len >= PAGES_PER_HPAGE(PG_LEVEL_2M) << PAGE_SHIFT;
	int r;

	*nr = 0;
	if (level == PG_LEVEL_2M || (!level && fits)) {
		r = guest_accept_one(me, vcpu, gpa, PG_LEVEL_2M, acc, nr);
		if (r || *nr)
			return r;
		if (level) {
			acc->status = TDX_PAGE_SIZE_MISMATCH | TDX_LEVEL_2M;
			return guest_die(me, vcpu);
		}
	}
	return guest_accept_one(me, vcpu, gpa, PG_LEVEL_4K, acc, nr);
}

s64 guest_accept(struct task *me, gpa_t gpa, u64 len, int level, struct access_info *info,
		 struct accept_info *acc)
{
	struct vcpu *vcpu = task_vcpu(me);
	struct accept_info unused;
	gpa_t end = gpa + len;
	u64 nr;
	s64 r;

	SIM_FRAME(me);
	SIM_ASSERT(vcpu && vcpu_is_td(vcpu));
	acc = acc ? acc : &unused;
	*acc = (struct accept_info){0};
	r = vcpu_run_begin(me, vcpu, info);
	if (r)
		return check_result(me, OP_TOUCH, r);
	while (gpa < end && !r) {
		r = guest_accept_next(me, vcpu, gpa, end - gpa, level, acc, &nr);
		/* What Linux accepts from has 4K blocks; the huge page was counted as a whole. */
		gpa += nr << PAGE_SHIFT;
	}
	return check_result(me, OP_TOUCH, vcpu_run_end(me, vcpu, r, info));
}

/* --- touching --- */

static void guest_access_private(struct task *me, struct vcpu *vcpu, pfn_t pfn, bool write,
				 u8 byte, struct access_info *info)
{
	u32 owner = vcpu->vm->tdx->params.content_owner;
	u8 seen;

	if (write) {
		folio_write_byte(me, pfn_to_page(me, pfn), owner, byte);
	} else {
		seen = page_read_byte(me, pfn, owner);
		if (info)
			access_info_read(info, seen);
	}
	cost(me, COST_user_access);
}

/* #VE: the page has not been accepted.  Return: 0 to make the access again. */
static int guest_handle_ve(struct task *me, struct vcpu *vcpu, gpa_t gpa)
{
	struct accept_info acc = {0};
	u64 nr;

	if (vcpu->vm->tdx->ve_policy == TDX_VE_DIE)
		return guest_die(me, vcpu);
	return guest_accept_one(me, vcpu, ALIGN_DOWN(gpa, PAGE_SIZE), PG_LEVEL_4K, &acc, &nr);
}

static int guest_touch_private(struct task *me, struct vcpu *vcpu, gpa_t gpa, bool write, u8 byte,
			       struct access_info *info)
{
	u32 nr_exits = 0;
	pfn_t pfn;
	int r;

	do {
		r = guest_check_interrupts(me, vcpu);
		if (r)
			break;
		switch (tdx_guest_access(me, vcpu->tdx->vp, gpa, write, &pfn)) {
		case TDX_GUEST_OK:
			guest_access_private(me, vcpu, pfn, write, byte, info);
			return 0;
		case TDX_GUEST_VE:
			r = guest_handle_ve(me, vcpu, gpa);
			break;
		default:
			r = guest_exited_again(me, vcpu, &nr_exits);
		}
	} while (!r);
	return r;
}

/* The shared half has page tables that KVM keeps itself; a miss is an EPT violation as ever. */
static int guest_shared_violation(struct task *me, struct vcpu *vcpu, gpa_t gpa, bool write)
{
	int r;

	tdx_td_exit(me, vcpu->tdx->vp, EXIT_REASON_EPT_VIOLATION);
	vcpu_td_left(me, vcpu);
	vcpu->nr_faults++;
	/* Guests do not execute shared memory: there it would be broken hardware. */
	if (vm_bug_on(me, vcpu->vm, vcpu->fetching, "instruction fetch from shared memory"))
		return -EIO;
	r = tdx_handle_ept_violation(me, vcpu, gpa, false, write);
	r = tdx_ept_violation_result(me, vcpu, r);
	return r == RUN_CONTINUE ? vcpu_run_into_guest(me, vcpu) : r;
}

static int guest_touch_shared(struct task *me, struct vcpu *vcpu, gpa_t gpa, bool write, u8 byte,
			      struct access_info *info)
{
	int r;

	do {
		r = guest_check_interrupts(me, vcpu);
		if (r)
			break;
		switch (guest_access_shared(me, vcpu, gpa, write, byte, info)) {
		case GUEST_DONE:
			return 0;
		case GUEST_KICKED:
			r = guest_interrupted(me, vcpu);
			break;
		case GUEST_VIOLATION:
			r = guest_shared_violation(me, vcpu, gpa, write);
			break;
		}
	} while (!r);
	return r;
}

int tdx_guest_touch_page(struct task *me, struct vcpu *vcpu, gpa_t gpa, bool is_private,
			 bool write, u8 byte, struct access_info *info)
{
	int r = is_private ? guest_touch_private(me, vcpu, gpa, write, byte, info) :
			     guest_touch_shared(me, vcpu, gpa, write, byte, info);

	lock_retry_end(me, r);
	return r;
}

/* --- MapGPA --- */

/* User space answers KVM_EXIT_HYPERCALL, as often as it takes, in the vCPU's own thread. */
static s64 map_gpa_exits(struct task *me, struct vcpu *vcpu, vmm_map_gpa_fn map_gpa, void *arg,
			 struct mapgpa_info *info)
{
	struct vcpu_tdx *tdx = vcpu->tdx;
	gpa_t shared = tdx_shared_bit(vcpu->vm), gpa;
	u64 len;
	s64 r;

	do {
		gpa = tdx->map_gpa_next;
		len = min(tdx->map_gpa_end - gpa, TDX_MAP_GPA_MAX_LEN);
		info->nr_exits++;
		cost(me, COST_syscall);
		tdx->hypercall_ret = map_gpa(me, vcpu->vm, gpa & ~shared, len, !(gpa & shared),
					     arg);
		r = vcpu_run_begin(me, vcpu, NULL);
	} while (r == TDX_RUN_HYPERCALL);
	return r;
}

/*
 * The guest's side: after RETRY it goes on from R11, and not more than three times from one page.
 *
 * Upstream: arch/x86/coco/tdx/tdx.c:tdx_map_gpa
 * Fidelity: faithful
 */
#define MAX_RETRIES_PER_PAGE 3

s64 guest_mapgpa(struct task *me, bool to_private, gpa_t gpa, u64 len, vmm_map_gpa_fn map_gpa,
		 void *arg, struct mapgpa_info *info)
{
	struct vcpu *vcpu = task_vcpu(me);
	const struct tdx_module_args *res;
	gpa_t shared, start, end, next;
	u32 retries = 0;
	s64 r;

	SIM_FRAME(me);
	SIM_ASSERT(vcpu && vcpu_is_td(vcpu) && info);
	*info = (struct mapgpa_info){0};
	shared = tdx_shared_bit(vcpu->vm);
	start = gpa | (to_private ? 0 : shared);
	end = start + len;
	r = vcpu_run_begin(me, vcpu, NULL);
	if (r)
		return check_result(me, OP_TOUCH, r);
	vcpu->tdx->exit_on_hypercall = map_gpa != NULL;
	while (retries < MAX_RETRIES_PER_PAGE) {
		struct tdx_module_args regs = { .r11 = TDVMCALL_MAP_GPA, .r12 = start,
						.r13 = end - start };

		r = guest_vmcall(me, vcpu, &regs);
		if (r == TDX_RUN_HYPERCALL) {
			vcpu_run_end(me, vcpu, r, NULL);
			r = map_gpa_exits(me, vcpu, map_gpa, arg, info);
			if (r)
				return check_result(me, OP_TOUCH, r);
		}
		if (r)
			break;
		res = tdx_vmcall_result(vcpu->tdx->vp);
		info->status = res->r10;
		info->failed_gpa = res->r10 ? res->r11 & ~shared : 0;
		next = res->r11;
		if (info->status != TDVMCALL_STATUS_RETRY || next < start || next >= end)
			break;
		info->nr_retries++;
		retries = next == start ? retries + 1 : 0;
		start = next;
	}
	return check_result(me, OP_TOUCH, vcpu_run_end(me, vcpu, r, NULL));
}

/* --- waiting --- */

s64 guest_halt(struct task *me, sim_ns timer_ns)
{
	const struct tdx_module_args regs = { .r11 = EXIT_REASON_HLT };
	struct vcpu *vcpu = task_vcpu(me);
	s64 r;

	SIM_FRAME(me);
	SIM_ASSERT(vcpu && vcpu_is_td(vcpu));
	r = vcpu_run_begin(me, vcpu, NULL);
	if (!r) {
		vcpu->tdx->halt_until_ns = timer_ns ? sim_now(me) + timer_ns : 0;
		r = vcpu_run_end(me, vcpu, guest_vmcall(me, vcpu, &regs), NULL);
	}
	return check_result(me, OP_TOUCH, r);
}

void vcpu_interrupt(struct task *me, struct vcpu *vcpu)
{
	struct vcpu_tdx *tdx = vcpu_is_td(vcpu) ? load_acquire(vcpu->tdx) : NULL;

	if (!tdx)
		return;
	WRITE_ONCE(me, vcpu->obj, tdx->event, true);
	if (vcpu->task && vcpu->task != me)
		sim_unpark(me, vcpu->task);
}

static sim_ns next_tick(const struct task *me)
{
	sim_ns tick_ns = NSEC_PER_SEC / me->sim->cfg.hz;

	return (sim_now(me) / tick_ns + 1) * tick_ns;
}

/* Stay in the guest until @until_ns, an interrupt, or until somebody wakes the task. */
static void guest_idle(struct task *me, sim_ns until_ns)
{
	if (!tdx_interrupt_pending(me))
		sim_park(me, me->sim->is_virtual ? PARK_SPIN_OPT : PARK_SPIN, until_ns);
}

/* Real threads are not interrupted while they compute: whoever wants to waits for a tick. */
static sim_ns guest_compute_part(struct task *me, sim_ns ns)
{
	sim_ns start_ns = sim_now(me), part_ns = min(ns, next_tick(me) - start_ns);

	if (!me->sim->is_virtual) {
		sim_compute(me, part_ns);
		return part_ns;
	}
	guest_idle(me, start_ns + part_ns);
	return min(ns, sim_now(me) - start_ns);
}

/* Each tick of the host's is an exit, whether or not it has anything to do. */
int tdx_guest_compute(struct task *me, struct vcpu *vcpu, sim_ns ns)
{
	sim_ns tick_ns = next_tick(me);
	int r = 0;

	while (ns && !r) {
		r = guest_check_interrupts(me, vcpu);
		if (r)
			break;
		ns -= guest_compute_part(me, ns);
		if (sim_now(me) < tick_ns)
			continue;
		tick_ns = next_tick(me);
		r = guest_leave(me, vcpu, EXIT_REASON_EXTERNAL_INTERRUPT);
	}
	return r;
}

int tdx_guest_spin(struct task *me, struct vcpu *vcpu, bool (*cond)(struct task *me, void *arg),
		   void *arg)
{
	sim_ns tick_ns = next_tick(me);
	int r = 0;

	while (!r && !cond(me, arg)) {
		r = guest_check_interrupts(me, vcpu);
		if (r)
			break;
		guest_idle(me, tick_ns);
		if (sim_now(me) < tick_ns)
			continue;
		tick_ns = next_tick(me);
		r = guest_leave(me, vcpu, EXIT_REASON_EXTERNAL_INTERRUPT);
	}
	return r;
}
