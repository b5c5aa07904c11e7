// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/tdx_td_vcpu.c - a TD's vCPUs: made, put on a CPU, taken off it, freed.
 *
 * The module lets a vCPU run on one CPU only, until that CPU has flushed it (TDH.VP.FLUSH).  KVM
 * keeps, per CPU, the list of the vCPUs that are associated with it.
 *
 * Invariants: K4 of tdx.h; a list is changed only with its CPU's interrupts off, which is by an
 * interrupt handler there or by the vCPU that is loaded there.
 *
 * Upstream: arch/x86/kvm/vmx/tdx.c
 * Fidelity: faithful; where not, the function says so
 */
#include "model/kvm/tdx_host.h"

#include "model/check.h"
#include "model/fails.h"
#include "model/ops.h"
#include "model/task_work.h"

/* --- which CPU --- */

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_disassociate_vp
 * Fidelity: faithful
 */
static void tdx_disassociate_vp(struct task *me, struct vcpu_tdx *tdx)
{
	struct tdx_host *host = tdx->vcpu->vm->tdx->host;

	sim_guard_lock(me->sim, &host->guard);
	list_del_init(&tdx->cpu_list);
	/* In this order: who sees -1 may put it on another list. */
	store_release(tdx->cpu, -1);
	sim_guard_unlock(me->sim, &host->guard);
}

struct flush_vp {
	/* constant */
	struct vcpu_tdx *tdx;
	/* written by the handler */
	u64 err;
};

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_flush_vp
 * Fidelity: faithful
 */
static void tdx_flush_vp(struct task *me, u32 cpu, void *arg)
{
	struct flush_vp *flush = arg;
	struct vcpu_tdx *tdx = flush->tdx;
	struct tdx_host *host = tdx->vcpu->vm->tdx->host;
	u64 err = 0;

	sim_point(me, host->obj, SIM_WRITE);
	if (load_acquire(tdx->cpu) != (s32)cpu)
		return;
	if (tdx->state != VCPU_TD_STATE_UNINITIALIZED)
		err = tdx_call_on(me, host, cpu, TDH_VP_FLUSH, tdx_pfn_pa(tdx->tdvpr));
	if (err && err != TDX_VCPU_NOT_ASSOCIATED)
		flush->err = err;
	tdx_disassociate_vp(me, tdx);
}

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_flush_vp_on_cpu
 * Fidelity: faithful
 */
void tdx_flush_vp_on_cpu(struct task *me, struct vcpu_tdx *tdx)
{
	struct flush_vp flush = { .tdx = tdx };
	s32 cpu = load_acquire(tdx->cpu);

	if (cpu == -1)
		return;
	tdx_smp_call(me, (u32)cpu, tdx_flush_vp, &flush);
	tdx_bug_on(me, tdx->vcpu->vm, flush.err, "TDH.VP.FLUSH failed");
}

/* A vCPU that was freed and is still on the list is what CONFIG_DEBUG_LIST would find. */
static void list_add_checked(struct task *me, struct vcpu_tdx *tdx, struct list_head *head)
{
	struct vcpu_tdx *next = list_first_entry(head, struct vcpu_tdx, cpu_list);

	if (head->next == head ||
	    sim_life_check(me, &next->life, "list_add corruption: a vCPU on associated_tdvcpus"))
		list_add(&tdx->cpu_list, head);
	else
		INIT_LIST_HEAD(&tdx->cpu_list);
}

void tdx_vcpu_load(struct task *me, struct vcpu *vcpu)
{
	struct tdx_host *host = vcpu->vm->tdx->host;
	struct vcpu_tdx *tdx = vcpu->tdx;

	if (likely(load_acquire(tdx->cpu) == (s32)me->cpu) || !tdx_hkid_assigned(vcpu->vm))
		return;
	SIM_FRAME(me);
	tdx_flush_vp_on_cpu(me, tdx);
	local_irq_disable(me);
	sim_point(me, host->obj, SIM_WRITE);
	sim_guard_lock(me->sim, &host->guard);
	list_add_checked(me, tdx, &host->associated_tdvcpus[me->cpu]);
	store_release(tdx->cpu, (s32)me->cpu);
	sim_guard_unlock(me->sim, &host->guard);
	local_irq_enable(me);
}

/* --- KVM_CREATE_VCPU --- */

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_vcpu_create; arch/x86/kvm/x86.c:kvm_arch_vcpu_create
 * Fidelity: simplified: no registers
 */
static int tdx_vcpu_create(struct task *me, struct vcpu *vcpu)
{
	struct vcpu_tdx *tdx;

	if (load_acquire(vcpu->vm->tdx->state) != TD_STATE_INITIALIZED)
		return -EIO;
	tdx = sim_zalloc(me->sim, sizeof(*tdx));
	sim_life_begin(&tdx->life);
	tdx->vcpu = vcpu;
	tdx->cpu = -1;
	INIT_LIST_HEAD(&tdx->cpu_list);
	store_release(vcpu->tdx, tdx);
	/* vcpu_load(), to reset it; vcpu_put() leaves it where it is */
	preempt_disable(me);
	tdx_vcpu_load(me, vcpu);
	preempt_enable(me);
	return 0;
}

/*
 * Upstream: virt/kvm/kvm_main.c:kvm_vm_ioctl_create_vcpu
 * Fidelity: simplified: what makes it fail late is a fail site
 * Fail site: "tdx_create_vcpu".
 */
s64 tdx_create_vcpu(struct task *me, struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	s64 r;

	SIM_FRAME(me);
	cost(me, COST_syscall);
	if (!vm_is_td(vm))
		return -ENOTTY;
	if (!vm_tryget(vm))
		return -EBADF;
	if (vm_dead(vm)) {
		r = -EIO;
	} else if (load_acquire(vcpu->tdx)) {
		r = -EEXIST;
	} else {
		r = tdx_vcpu_create(me, vcpu);
		if (!r) {
			mutex_lock(me, &vm->lock);
			/* Another vCPU has that number; no memory; no descriptor. */
			r = sim_should_fail(me, "tdx_create_vcpu") ? -EEXIST : 0;
			mutex_unlock(me, &vm->lock);
			if (r)
				tdx_vcpu_free(me, vcpu);
		}
	}
	vm_put(me, vm);
	task_work_run(me);
	return check_result(me, OP_TD_CREATE_VCPU, r);
}

/* --- KVM_TDX_INIT_VCPU --- */

/* Pages that the module has not been given, from the @first TDCX on. */
static void free_tdcx(struct task *me, struct vcpu_tdx *tdx, u32 first)
{
	for (u32 i = first; i < ARRAY_SIZE(tdx->tdcx); i++) {
		if (tdx->tdcx[i])
			tdx_free_control_page(me, tdx->vcpu->vm->tdx->host, tdx->tdcx[i]);
		tdx->tdcx[i] = 0;
	}
}

static void free_vcpu_pages(struct task *me, struct vcpu_tdx *tdx)
{
	free_tdcx(me, tdx, 0);
	if (tdx->tdvpr)
		tdx_free_control_page(me, tdx->vcpu->vm->tdx->host, tdx->tdvpr);
	tdx->tdvpr = 0;
}

static int alloc_vcpu_pages(struct task *me, struct vcpu_tdx *tdx)
{
	struct tdx_host *host = tdx->vcpu->vm->tdx->host;

	tdx->tdvpr = tdx_alloc_control_page(me, host);
	if (!tdx->tdvpr)
		return -ENOMEM;
	for (u32 i = 0; i < ARRAY_SIZE(tdx->tdcx); i++) {
		tdx->tdcx[i] = tdx_alloc_control_page(me, host);
		if (!tdx->tdcx[i])
			return -ENOMEM;
	}
	return 0;
}

static int vp_init(struct task *me, struct vcpu_tdx *tdx)
{
	struct vm *vm = tdx->vcpu->vm;
	u64 err;

	/* It may take the TDR exclusive, against calls of the MMU's that must not be BUSY. */
	read_lock(me, &vm->mmu_lock);
	err = tdx_call(me, vm->tdx->host, TDH_VP_INIT, tdx_pfn_pa(tdx->tdvpr), 0, 0, 0, NULL);
	read_unlock(me, &vm->mmu_lock);
	return tdx_bug_on(me, vm, err, "TDH.VP.INIT failed") ? -EIO : 0;
}

/*
 * The module has the vCPU on this CPU now: from here on, leaving it takes a VP.FLUSH.
 *
 * Context: preemption off since before VP.INIT.
 */
static void set_initialized(struct task *me, struct vcpu *vcpu)
{
	if (bug(me, BUG_TD_VP_INIT)) {
		/* Preempted, and back on another CPU: kvm_sched_in() */
		preempt_enable(me);
		cond_resched(me);
		preempt_disable(me);
		tdx_vcpu_load(me, vcpu);
	}
	vcpu->tdx->state = VCPU_TD_STATE_INITIALIZED;
}

/*
 * Pages that were added when a later call fails are reclaimed with the vCPU.
 *
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_td_vcpu_init
 * Fidelity: faithful, but that the state is set with the task still where VP.INIT was called
 */
static int tdx_td_vcpu_init(struct task *me, struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	struct vcpu_tdx *tdx = vcpu->tdx;
	struct tdx_host *host = vm->tdx->host;
	u64 err;
	int r = alloc_vcpu_pages(me, tdx);

	if (!r) {
		err = tdx_call(me, host, TDH_VP_CREATE, tdx_pfn_pa(tdx->tdvpr),
			       tdx_pfn_pa(vm->tdx->tdr), 0, 0, NULL);
		if (tdx_bug_on(me, vm, err, "TDH.VP.CREATE failed"))
			r = -EIO;
	}
	if (r) {
		free_vcpu_pages(me, tdx);
		return r;
	}
	tdx->vp = tdx_vp_find(host->mod, tdx->tdvpr);
	for (u32 i = 0; i < ARRAY_SIZE(tdx->tdcx); i++) {
		err = tdx_call(me, host, TDH_VP_ADDCX, tdx_pfn_pa(tdx->tdcx[i]),
			       tdx_pfn_pa(tdx->tdvpr), 0, 0, NULL);
		if (tdx_bug_on(me, vm, err, "TDH.VP.ADDCX failed")) {
			free_tdcx(me, tdx, i);
			return -EIO;
		}
	}
	preempt_disable(me);
	tdx_vcpu_load(me, vcpu);
	r = vp_init(me, tdx);
	if (!r)
		set_initialized(me, vcpu);
	preempt_enable(me);
	return r;
}

s64 tdx_init_vcpu(struct task *me, struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	s64 nr, r = -EIO;

	SIM_FRAME(me);
	cost(me, COST_syscall);
	if (!vm_is_td(vm) || !load_acquire(vcpu->tdx))
		return -ENOTTY;
	if (!vm_tryget(vm))
		return -EBADF;
	if (!vm_dead(vm)) {
		nr = acquire_vm_state_locks(me, vm);
		if (nr < 0) {
			r = nr;
		} else {
			r = tdx_hkid_assigned(vm) && vm->tdx->state != TD_STATE_RUNNABLE &&
					    vcpu->tdx->state == VCPU_TD_STATE_UNINITIALIZED &&
					    !vcpu->tdx->tdvpr ?
				    tdx_td_vcpu_init(me, vcpu) :
				    -EINVAL;
			release_vm_state_locks(me, vm, nr);
		}
	}
	vm_put(me, vm);
	task_work_run(me);
	return check_result(me, OP_TD_INIT_VCPU, r);
}

/* --- the end --- */

static void reclaim_vcpu_pages(struct task *me, struct vcpu_tdx *tdx)
{
	struct vm *vm = tdx->vcpu->vm;

	for (u32 i = 0; i < ARRAY_SIZE(tdx->tdcx); i++) {
		if (tdx->tdcx[i])
			tdx_reclaim_control_page(me, vm, tdx->tdcx[i]);
		tdx->tdcx[i] = 0;
	}
	if (tdx->tdvpr)
		tdx_reclaim_control_page(me, vm, tdx->tdvpr);
	tdx->tdvpr = 0;
	tdx->vp = NULL;
}

/**
 * tdx_vcpu_free - the vCPU is gone; what it had, too, if the HKID is free, else it is lost.
 *
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_vcpu_free
 * Fidelity: faithful, with the fix of tdx-vcpu-list-corruption (1e3a825c9ec9)
 * Context: nobody runs it; also where its creation fails.
 */
void tdx_vcpu_free(struct task *me, struct vcpu *vcpu)
{
	struct vcpu_tdx *tdx = vcpu->tdx;
	struct vm *vm = vcpu->vm;

	if (!tdx)
		return;
	SIM_FRAME(me);
	tdx_free_pamt_cache(me, &tdx->pamt_cache);
	while (tdx->nr_external_spt)
		tdx_free_control_page(me, vm->tdx->host, tdx->external_spt[--tdx->nr_external_spt]);
	if (load_acquire(tdx->cpu) != -1) {
		vm_bug_on(me, vm, tdx->state == VCPU_TD_STATE_INITIALIZED,
			  "a vCPU is freed that was not flushed");
		if (!bug(me, BUG_TD_VCPU_LIST))
			tdx_flush_vp_on_cpu(me, tdx);
	} else if (!tdx_hkid_assigned(vm)) {
		reclaim_vcpu_pages(me, tdx);
	}
	tdx->state = VCPU_TD_STATE_UNINITIALIZED;
	sim_life_end(&tdx->life);
	store_release(vcpu->tdx, NULL);
}
