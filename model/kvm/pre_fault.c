// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/pre_fault.c - KVM_PRE_FAULT_MEMORY: map a range before the guest asks for it.
 *
 * Invariants: vcpu->mutex and srcu are held over the whole call; success means that some of the
 * range was mapped, and *done_bytes says how much.
 *
 * Upstream: virt/kvm/kvm_main.c:kvm_vcpu_pre_fault_memory, arch/x86/kvm/mmu/mmu.c:kvm_tdp_map_page
 * Fidelity: faithful; where not, the function says so
 */
#include "model/kvm/vcpu.h"

#include "model/check.h"
#include "model/fails.h"
#include "model/task_work.h"
#include "sim/livelock.h"
#include "sim/race.h"

/* Retries on a dead VM: nothing can make one succeed. */
#define DEAD_VM_RETRIES 16

/*
 * Upstream: arch/x86/kvm/mmu/mmu.c:kvm_tdp_map_page
 * Fidelity: faithful
 */
static int tdp_map_page(struct task *me, struct vcpu *vcpu, gpa_t gpa, bool is_private, int *level)
{
	struct livelock dead = {0};
	int r;

	do {
		fail_signal(me, "signal_map_page");
		if (signal_pending(me))
			return -EINTR;
		if (!bug(me, BUG_DEAD_VM_LOOP) && vcpu_check_request(vcpu, REQ_VM_DEAD))
			return -EIO;
		cond_resched(me);
		r = mmu_do_page_fault(me, vcpu, gpa, is_private, false, true, level);
		if (r == RET_PF_RETRY) {
			lock_retry_begin(me, &vcpu->vm->invalidate_map);
			livelock_failed(me, &dead, !vm_dead(vcpu->vm), DEAD_VM_RETRIES,
					"a fault on a dead VM is retried");
			/* The kernel's loop would go on. */
			if (dead.failures >= DEAD_VM_RETRIES)
				return -EIO;
			sim_cost(me, max(cost_value(me, COST_retry_delay), (sim_ns)1));
			sim_retry(me);
		}
	} while (r == RET_PF_RETRY);

	if (r < 0)
		return r;
	switch (r) {
	case RET_PF_SPURIOUS:
	case RET_PF_FIXED:
	case RET_PF_WRITE_PROTECTED:
		return 0;
	case RET_PF_EMULATE:
		return -ENOENT;
	default:
		return -EIO;
	}
}

/*
 * Upstream: arch/x86/kvm/mmu/mmu.c:kvm_arch_vcpu_pre_fault_memory
 * Fidelity: faithful
 * Return: bytes mapped, or a negative errno.
 */
static s64 arch_vcpu_pre_fault_memory(struct task *me, struct vcpu *vcpu, gpa_t gpa, u64 size)
{
	struct vm *vm = vcpu->vm;
	bool is_private;
	int level;
	gpa_t end;
	s64 r;

	if (!plain_read(me, vcpu->pre_fault_allowed))
		return -EOPNOTSUPP;
	r = mmu_reload(me, vcpu);
	if (r)
		return r;
	is_private = vm->has_private_mem && vm_mem_is_private(me, vm, gpa >> PAGE_SHIFT);
	r = tdp_map_page(me, vcpu, gpa, is_private, &level);
	lock_retry_end(me, r < 0 ? (int)r : 0);
	if (r)
		return r;
	/* The leaf may be larger than what is left of the range. */
	end = ALIGN_DOWN(gpa, PAGES_PER_HPAGE(level) << PAGE_SHIFT) +
	      (PAGES_PER_HPAGE(level) << PAGE_SHIFT);
	return (s64)min(size, end - gpa);
}

static s64 __vcpu_pre_fault_memory(struct task *me, struct vcpu *vcpu, gpa_t gpa, u64 size,
				   u64 *done_bytes)
{
	u64 done = 0;
	u32 idx;
	s64 r;

	if (!IS_ALIGNED(gpa, PAGE_SIZE) || !IS_ALIGNED(size, PAGE_SIZE) || gpa + size <= gpa)
		return -EINVAL;
	vcpu_loaded(me, vcpu);
	idx = srcu_read_lock(me, &vcpu->vm->srcu);
	do {
		fail_signal(me, "signal_pre_fault");
		r = signal_pending(me) ? -EINTR : 0;
		if (!r)
			r = arch_vcpu_pre_fault_memory(me, vcpu, gpa + done, size - done);
		if (r < 0)
			break;
		done += (u64)r;
		cond_resched(me);
	} while (done < size);
	srcu_read_unlock(me, &vcpu->vm->srcu, idx);
	vcpu_loaded(me, NULL);
	*done_bytes = done;
	return done ? 0 : r;
}

s64 vcpu_pre_fault_memory(struct task *me, struct vcpu *vcpu, gpa_t gpa, u64 size, u64 *done_bytes)
{
	s64 r;

	SIM_FRAME(me);
	cost(me, COST_syscall);
	*done_bytes = 0;
	if (!vm_tryget(vcpu->vm))
		return -EBADF;
	r = vcpu_lock_killable(me, vcpu);
	if (!r) {
		r = vm_dead(vcpu->vm) ? -EIO :
					__vcpu_pre_fault_memory(me, vcpu, gpa, size, done_bytes);
		mutex_unlock(me, &vcpu->mutex);
	}
	vm_put(me, vcpu->vm);
	task_work_run(me);
	return check_result(me, OP_PRE_FAULT, r);
}
