// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/vcpu.c - KVM_RUN: into the guest, out of it, and what happens in between.
 *
 * A guest operation of the trace is one stretch of KVM_RUN.  Entering and leaving at its ends is an
 * artefact of the trace and costs nothing; exits that KVM itself causes or handles do.
 *
 * Invariants: C1-C3 of vcpu.h.
 *
 * Upstream: arch/x86/kvm/x86.c:vcpu_run, vcpu_enter_guest; arch/x86/kvm/vmx/common.h
 * Fidelity: simplified: no registers and events; where more is missing, the function says so
 */
#include "model/kvm/vcpu.h"

#include "model/check.h"
#include "model/kvm/apic_access.h"
#include "model/events.h"
#include "model/fails.h"
#include "model/kvm/tdx.h"
#include "model/kvm/vcpu_run.h"
#include "model/mm/folio.h"
#include "model/task_work.h"
#include "sim/atomic.h"
#include "sim/watchdog.h"

struct vcpu *vcpu_create(struct vm *vm, u32 index)
{
	struct sim *sim = vm->machine->sim;
	struct vcpu *vcpu = sim_zalloc(sim, sizeof(*vcpu));

	vcpu->vm = vm;
	vcpu->index = index;
	vcpu->obj = sim_new_obj(sim);
	mutex_init(sim, &vcpu->mutex, "vcpu->mutex");
	tlb_init(sim, &vcpu->tlb);
	vcpu->pre_fault_allowed = true;
	return vcpu;
}

void prepare_memory_fault_exit(struct vcpu *vcpu, gpa_t gpa, u64 size, bool is_private)
{
	vcpu->run.is_memory_fault = true;
	vcpu->run.flags = is_private ? MEMORY_EXIT_FLAG_PRIVATE : 0;
	vcpu->run.gpa = gpa;
	vcpu->run.size = size;
}

void vcpu_srcu_read_lock(struct task *me, struct vcpu *vcpu)
{
	vcpu->srcu_idx = srcu_read_lock(me, &vcpu->vm->srcu);
}

void vcpu_srcu_read_unlock(struct task *me, struct vcpu *vcpu)
{
	srcu_read_unlock(me, &vcpu->vm->srcu, vcpu->srcu_idx);
}

/* --- into the guest and out of it --- */

/* A full barrier on real threads: the mode is visible before the next look at the requests. */
static void vcpu_set_mode(struct task *me, struct vcpu *vcpu, enum vcpu_mode mode)
{
	if (likely(me->sim->is_virtual))
		vcpu->mode = mode;
	else
		__atomic_store_n(&vcpu->mode, mode, __ATOMIC_SEQ_CST);
}

/*
 * Upstream: arch/x86/kvm/x86.c:vcpu_enter_guest (requests)
 * Fidelity: simplified: the requests that concern memory
 */
static int vcpu_service_requests(struct task *me, struct vcpu *vcpu)
{
	if (likely(!vcpu_request_pending(vcpu)))
		return RUN_CONTINUE;
	sim_round_lasts(me);
	if (vcpu_check_request(vcpu, REQ_VM_DEAD))
		return -EIO;
	if (vcpu_check_request(vcpu, REQ_MMU_FREE_OBSOLETE_ROOTS))
		mmu_free_obsolete_roots(me, vcpu);
	if (vcpu_check_request(vcpu, REQ_TLB_FLUSH))
		tlb_flush_local(&vcpu->tlb);
	if (vcpu_check_request(vcpu, REQ_APIC_PAGE_RELOAD))
		vcpu_reload_apic_access_page(me, vcpu);
	return RUN_CONTINUE;
}

/*
 * The last step into a TD.  The interrupts stay off until it is left.
 *
 * Return: 0 in the guest, RUN_CONTINUE, or what KVM_RUN returns.
 */
static int vcpu_enter_td(struct task *me, struct vcpu *vcpu)
{
	if (!tdx_vcpu_run(me, vcpu)) {
		me->in_guest = true;
		watchdog_go(me);
		return 0;
	}
	vcpu_td_left(me, vcpu);
	return tdx_handle_exit(me, vcpu);
}

/* Work that has to be done with SRCU dropped before the guest runs on. */
static bool xfer_to_guest_mode_work_pending(const struct task *me)
{
	return unlikely(need_resched(me) || signal_pending(me));
}

/*
 * Go into guest mode, unless there is something to do first.
 *
 * Upstream: arch/x86/kvm/x86.c:vcpu_enter_guest
 * Fidelity: simplified: from the requests to the last look before VM entry
 * Context: srcu held.  In guest mode when 0 is returned, with srcu dropped.
 * Return: 0, RUN_CONTINUE (not entered, try again), or what KVM_RUN returns.
 */
static int vcpu_enter_guest(struct task *me, struct vcpu *vcpu)
{
	int r = vcpu_service_requests(me, vcpu);

	if (r < 0)
		return r;
	r = mmu_reload(me, vcpu);
	if (r)
		return r;

	preempt_disable(me);
	if (unlikely(vcpu_is_td(vcpu)))
		tdx_vcpu_load(me, vcpu);
	local_irq_disable(me);
	sim_point(me, vcpu->obj, SIM_RETURN);
	vcpu_set_mode(me, vcpu, IN_GUEST_MODE);
	vcpu_srcu_read_unlock(me, vcpu);
	sim_point(me, vcpu->vm->obj_requests, SIM_READ);
	fail_signal(me, "signal_run");
	if (vcpu_request_pending(vcpu) || xfer_to_guest_mode_work_pending(me)) {
		sim_touch(me, vcpu->obj, SIM_BORROW);
		vcpu_set_mode(me, vcpu, OUTSIDE_GUEST_MODE);
		local_irq_enable(me);
		preempt_enable(me);
		vcpu_srcu_read_lock(me, vcpu);
		return RUN_CONTINUE;
	}
	if (unlikely(vcpu_is_td(vcpu)))
		return vcpu_enter_td(me, vcpu);
	me->in_guest = true;
	watchdog_go(me);
	local_irq_enable(me);
	preempt_enable(me);
	return 0;
}

static void vcpu_exit_guest(struct task *me, struct vcpu *vcpu)
{
	me->in_guest = false;
	watchdog_stop(me);
	sim_touch(me, vcpu->obj, SIM_BORROW);
	vcpu_set_mode(me, vcpu, OUTSIDE_GUEST_MODE);
	vcpu_srcu_read_lock(me, vcpu);
}

static void __vcpu_td_left(struct task *me, struct vcpu *vcpu)
{
	if (me->in_guest)
		watchdog_stop(me);
	me->in_guest = false;
	vcpu_set_mode(me, vcpu, OUTSIDE_GUEST_MODE);
	local_irq_enable(me);
	preempt_enable(me);
}

void vcpu_td_left(struct task *me, struct vcpu *vcpu)
{
	__vcpu_td_left(me, vcpu);
	vcpu_srcu_read_lock(me, vcpu);
}

/*
 * Upstream: arch/x86/kvm/x86.c:vcpu_run, kernel/entry/virt.c:xfer_to_guest_mode_handle_work
 * Fidelity: simplified: reschedule, signals, task work
 * Return: 0 in guest mode, or what KVM_RUN returns.
 */
int vcpu_run_into_guest(struct task *me, struct vcpu *vcpu)
{
	int r;

	while ((r = vcpu_enter_guest(me, vcpu)) == RUN_CONTINUE) {
		/* Time must go on: whoever wants the CPU may wait for somebody ahead in it. */
		sim_cost(me, 1);
		if (!xfer_to_guest_mode_work_pending(me))
			continue;
		vcpu_srcu_read_unlock(me, vcpu);
		cond_resched(me);
		task_work_run(me);
		vcpu_srcu_read_lock(me, vcpu);
		if (signal_pending(me))
			return -EINTR;
	}
	return r;
}

int vcpu_lock_killable(struct task *me, struct vcpu *vcpu)
{
	return fail_kill(me, "kill_vcpu_mutex") ? -EINTR : mutex_lock_killable(me, &vcpu->mutex);
}

/* Who may run, and what is held while it runs. */
s64 vcpu_run_begin(struct task *me, struct vcpu *vcpu, struct access_info *info)
{
	s64 r;

	if (info)
		*info = (struct access_info){0};
	if (!vm_tryget(vcpu->vm))
		return -EBADF;
	r = vcpu_lock_killable(me, vcpu);
	if (r)
		goto out_put;
	r = vm_dead(vcpu->vm) ? -EIO : 0;
	if (r)
		goto out_unlock;
	vcpu->run.is_memory_fault = false;
	vcpu_srcu_read_lock(me, vcpu);
	r = unlikely(vcpu_is_td(vcpu)) ? tdx_vcpu_pre_run(me, vcpu) : 0;
	if (!r)
		r = vcpu_run_into_guest(me, vcpu);
	if (!r)
		return 0;
	vcpu_srcu_read_unlock(me, vcpu);
out_unlock:
	mutex_unlock(me, &vcpu->mutex);
out_put:
	vm_put(me, vcpu->vm);
	task_work_run(me);
	return r;
}

s64 vcpu_run_end(struct task *me, struct vcpu *vcpu, s64 r, struct access_info *info)
{
	if (!r && unlikely(vcpu_is_td(vcpu))) {
		tdx_td_exit(me, vcpu->tdx->vp, EXIT_REASON_EXTERNAL_INTERRUPT);
		__vcpu_td_left(me, vcpu);
	} else if (!r) {
		me->in_guest = false;
		watchdog_stop(me);
		vcpu_set_mode(me, vcpu, OUTSIDE_GUEST_MODE);
	} else {
		vcpu_srcu_read_unlock(me, vcpu);
	}
	/* KVM_EXIT_MEMORY_FAULT counts only with these two. */
	if ((r == -EFAULT || r == -EHWPOISON) && info && vcpu->run.is_memory_fault) {
		info->fault_gpa = vcpu->run.gpa;
		info->fault_size = vcpu->run.size;
		info->fault_flags = vcpu->run.flags;
	}
	if (r == -EFAULT && vcpu->run.is_memory_fault)
		r = ACCESS_EXIT_MEMORY_FAULT;
	mutex_unlock(me, &vcpu->mutex);
	vm_put(me, vcpu->vm);
	task_work_run(me);
	return r;
}

/* --- exits --- */

/*
 * One EPT violation, from the exit to the decision what to do next.
 *
 * Upstream: arch/x86/kvm/vmx/common.h:__vmx_handle_ept_violation, x86.c:vcpu_run
 * Fidelity: simplified: RET_PF_RETRY enters the guest again, which faults again
 * Context: in guest mode; in guest mode again if 0 is returned, else srcu is held.
 */
static int vcpu_handle_violation(struct task *me, struct vcpu *vcpu, gpa_t gpa, bool is_private,
				 bool write)
{
	bool again;
	int r;

	vcpu_exit_guest(me, vcpu);
	cost(me, COST_guest_exit);
	vcpu->nr_faults++;
	if (unlikely(vcpu->vm->type == VM_TDX))
		r = tdx_handle_ept_violation(me, vcpu, gpa, is_private, write);
	else
		r = mmu_page_fault(me, vcpu, gpa, is_private, write);
	if (r < 0)
		return r;
	if (r == RET_PF_EMULATE)
		return ACCESS_EXIT_MMIO;
	again = r == RET_PF_RETRY;
	if (again) {
		vcpu->nr_retries++;
		lock_retry_begin(me, &vcpu->vm->invalidate_map);
		/* Time must go on while others bring about what this vCPU waits for. */
		sim_cost(me, max(cost_value(me, COST_retry_delay), (sim_ns)1));
	}
	r = vcpu_run_into_guest(me, vcpu);
	cost(me, COST_guest_enter);
	if (again && !r)
		sim_retry(me);
	return r;
}

/* The guest was interrupted; the interrupter has charged the handler's time. */
static int vcpu_handle_kick(struct task *me, struct vcpu *vcpu)
{
	vcpu->nr_kicks++;
	vcpu_exit_guest(me, vcpu);
	return vcpu_run_into_guest(me, vcpu);
}

/* --- what the guest does --- */

/* A request made while the guest runs comes with an interrupt, which ends guest mode. */
static bool vcpu_was_kicked(const struct task *me, const struct vcpu *vcpu)
{
	return unlikely(vcpu_request_pending(vcpu)) && !bug(me, BUG_NO_KICK);
}

static bool spte_allows(u64 spte, bool write)
{
	return is_shadow_present_pte(spte) && (!write || is_writable_pte(spte));
}

static void guest_access_page(struct task *me, u64 spte, pfn_t pfn, bool write, u8 byte,
			      struct access_info *info)
{
	u8 seen;

	/* with the host's key, too */
	if (!is_private_spte(spte))
		host_touches(me, pfn, write);
	if (write) {
		folio_write_byte(me, pfn_to_page(me, pfn), spte_owner(spte), byte);
		return;
	}
	seen = page_read_byte(me, pfn, spte_owner(spte));
	if (info)
		access_info_read(info, seen);
}

static struct mmu_page *guest_root(const struct vcpu *vcpu, bool is_private)
{
	return is_private && vcpu->vm->has_mirrored_tdp ? vcpu->mirror_root : vcpu->root;
}

/* On real threads nobody asks for the name, and the tables could go away meanwhile. */
static u32 __attribute__((noinline)) huge_access_obj(struct task *me, struct vcpu *vcpu, gfn_t gfn,
						     bool is_private)
{
	int level = PG_LEVEL_4K;

	if (me->sim->is_virtual && !vcpu_request_pending(vcpu))
		tdp_mmu_walk_level(me, guest_root(vcpu, is_private), gfn, &level);
	return spte_obj(vcpu->vm, ALIGN_DOWN(gfn, PAGES_PER_HPAGE(level)), level);
}

/*
 * Whose change would matter to an access to @gfn: the entry that translates it.  Without huge
 * leaves that is the last one; else it takes a look, which decides nothing but the name.
 */
static inline u32 guest_access_obj(struct task *me, struct vcpu *vcpu, gfn_t gfn, bool is_private)
{
	if (unlikely(load_acquire(machine_of(me)->huge_leaves)))
		return huge_access_obj(me, vcpu, gfn, is_private);
	return spte_obj(vcpu->vm, gfn, PG_LEVEL_4K);
}

/*
 * One instruction that accesses memory.  C3: nothing may come between the translation and the
 * access, so interrupts are off; a flush that wants this CPU waits that long.
 */
static enum guest_access guest_access(struct task *me, struct vcpu *vcpu, gfn_t gfn,
				      bool is_private, bool write, u8 byte,
				      struct access_info *info)
{
	struct vm *vm = vcpu->vm;
	const struct tlb_entry *e;
	pfn_t pfn;
	u64 spte;

	sim_point(me, guest_access_obj(me, vcpu, gfn, is_private), SIM_READ);
	local_irq_disable(me);
	if (vcpu_was_kicked(me, vcpu)) {
		local_irq_enable(me);
		return GUEST_KICKED;
	}
	e = tlb_lookup(&vcpu->tlb, gfn, is_private);
	if (e) {
		spte = e->spte;
		pfn = spte_to_pfn(spte) + (pfn_t)(gfn - e->gfn);
		if (unlikely(e->flushes < __atomic_load_n(&vm->tlb_flushes, __ATOMIC_ACQUIRE)))
			sim_finding(me->sim, me, "tlb-stale",
				    "%s vCPU %u uses a translation of gfn 0x%llx from before the "
				    "last flush",
				    vm->name, vcpu->index, (unsigned long long)gfn);
	} else {
		int level;

		spte = tdp_mmu_walk_level(me, guest_root(vcpu, is_private), gfn, &level);
		pfn = spte_to_pfn(spte);
		if (unlikely(is_large_pte(spte))) {
			pfn += (pfn_t)(gfn & (PAGES_PER_HPAGE(level) - 1));
			tlb_fill_huge(vm, &vcpu->tlb, gfn, is_private, spte, level);
		} else if (is_shadow_present_pte(spte)) {
			tlb_fill(vm, &vcpu->tlb, gfn, is_private, spte);
		}
	}
	if (spte_allows(spte, write)) {
		guest_access_page(me, spte, pfn, write, byte, info);
		local_irq_enable(me);
		cost(me, COST_user_access);
		return GUEST_DONE;
	}
	local_irq_enable(me);
	return GUEST_VIOLATION;
}

enum guest_access guest_access_shared(struct task *me, struct vcpu *vcpu, gpa_t gpa, bool write,
				      u8 byte, struct access_info *info)
{
	return guest_access(me, vcpu, gpa >> PAGE_SHIFT, false, write, byte, info);
}

/* Return: 0 with the page accessed and the vCPU in guest mode, or what KVM_RUN returns. */
static int guest_touch_page(struct task *me, struct vcpu *vcpu, gpa_t gpa, bool is_private,
			    bool write, u8 byte, struct access_info *info)
{
	int r = 0;

	while (!r) {
		sim_loop(me);
		switch (guest_access(me, vcpu, gpa >> PAGE_SHIFT, is_private, write, byte, info)) {
		case GUEST_DONE:
			sim_loop_end(me);
			lock_retry_end(me, 0);
			return 0;
		case GUEST_KICKED:
			r = vcpu_handle_kick(me, vcpu);
			break;
		case GUEST_VIOLATION:
			r = vcpu_handle_violation(me, vcpu, gpa, is_private, write);
			break;
		}
	}
	sim_loop_end(me);
	lock_retry_end(me, r);
	return r;
}

s64 guest_touch(struct task *me, gpa_t gpa, u64 len, bool is_private, bool write, u8 byte,
		struct access_info *info)
{
	struct vcpu *vcpu = task_vcpu(me);
	gpa_t end = gpa + len;
	s64 r;

	SIM_FRAME(me);
	SIM_ASSERT(vcpu != NULL);
	r = vcpu_run_begin(me, vcpu, info);
	if (r)
		return check_result(me, OP_TOUCH, r);
	/* Only a TD's addresses say whether an access is private. */
	is_private = is_private && vcpu->vm->type == VM_TDX;
	while (gpa < end && !r) {
		if (unlikely(vcpu_is_td(vcpu)))
			r = tdx_guest_touch_page(me, vcpu, gpa, is_private, write, byte, info);
		else
			r = guest_touch_page(me, vcpu, gpa, is_private, write, byte, info);
		if (!r && info)
			info->pages_done++;
		gpa = ALIGN_DOWN(gpa, PAGE_SIZE) + PAGE_SIZE;
	}
	return check_result(me, OP_TOUCH, vcpu_run_end(me, vcpu, r, info));
}

/*
 * Upstream: arch/x86/kvm/x86.c:x86_emulate_instruction, handle_emulation_failure
 * Fidelity: simplified: the emulator's only use here is a fetch that finds no memory
 */
s64 guest_fetch(struct task *me, gpa_t gpa, struct access_info *info)
{
	struct vcpu *vcpu = task_vcpu(me);
	s64 r;

	vcpu->fetching = true;
	r = guest_touch(me, gpa, 1, false, false, 0, info);
	vcpu->fetching = false;
	return r == ACCESS_EXIT_MMIO ? ACCESS_EXIT_INTERNAL_ERROR : r;
}

/* The host's tick forces an exit anyway: that is how soon a signal is seen. */
static int guest_compute(struct task *me, struct vcpu *vcpu, sim_ns ns)
{
	sim_ns tick_ns = NSEC_PER_SEC / me->sim->cfg.hz, part_ns;
	int r = 0;

	for (; ns && !r; ns -= part_ns) {
		part_ns = min(ns, tick_ns);
		sim_compute(me, part_ns);
		if (vcpu_was_kicked(me, vcpu) || xfer_to_guest_mode_work_pending(me))
			r = vcpu_handle_kick(me, vcpu);
	}
	return r;
}

s64 guest_run(struct task *me, sim_ns ns)
{
	struct vcpu *vcpu = task_vcpu(me);
	s64 r;

	SIM_FRAME(me);
	SIM_ASSERT(vcpu != NULL);
	r = vcpu_run_begin(me, vcpu, NULL);
	if (r)
		return r;
	r = vcpu_is_td(vcpu) ? tdx_guest_compute(me, vcpu, ns) : guest_compute(me, vcpu, ns);
	return vcpu_run_end(me, vcpu, r, NULL);
}

static int guest_spin(struct task *me, struct vcpu *vcpu,
		      bool (*cond)(struct task *me, void *arg), void *arg)
{
	sim_ns tick_ns = NSEC_PER_SEC / me->sim->cfg.hz;
	int r = 0;

	while (!r && !cond(me, arg)) {
		sim_park(me, me->sim->is_virtual ? PARK_SPIN_OPT : PARK_SPIN,
			 sim_now(me) + tick_ns);
		if (vcpu_was_kicked(me, vcpu) || xfer_to_guest_mode_work_pending(me))
			r = vcpu_handle_kick(me, vcpu);
	}
	return r;
}

s64 guest_spin_until(struct task *me, bool (*cond)(struct task *me, void *arg), void *arg)
{
	struct vcpu *vcpu = task_vcpu(me);
	s64 r;

	SIM_FRAME(me);
	SIM_ASSERT(vcpu != NULL);
	r = vcpu_run_begin(me, vcpu, NULL);
	if (r)
		return r;
	r = vcpu_is_td(vcpu) ? tdx_guest_spin(me, vcpu, cond, arg) :
			       guest_spin(me, vcpu, cond, arg);
	return vcpu_run_end(me, vcpu, r, NULL);
}

void guest_spin_wake(struct task *me, struct task *spinner)
{
	sim_unpark(me, spinner);
}
