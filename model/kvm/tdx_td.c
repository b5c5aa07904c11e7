// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/tdx_td.c - a TD's birth: from the bare VM over TDR, key and TDCS to RUNNABLE.
 *
 * Each of the ioctls that change the TD's state, or are valid only in one, holds kvm->lock, all
 * vcpu->mutex and slots_lock.
 *
 * Invariant: what fails half way is undone by the same code that ends a TD, so that after it there
 * is a TD that has not begun (UNINITIALIZED), or pages that are lost because the module would not
 * give them back.
 *
 * Upstream: arch/x86/kvm/vmx/tdx.c
 * Fidelity: simplified: of the parameters, the number of vCPUs, the S-EPT's levels, one attribute
 */
#include "model/kvm/tdx_host.h"

#include "model/check.h"
#include "model/ops.h"
#include "model/task_work.h"
#include "sim/race.h"

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_vm_init
 * Fidelity: simplified
 * Context: vm_create().
 */
void tdx_vm_init(struct vm *vm)
{
	struct sim *sim = vm->machine->sim;
	struct vm_tdx *tdx = sim_zalloc(sim, sizeof(*tdx));

	tdx->host = tdx_host_get(vm->machine);
	tdx->obj = sim_new_obj(sim);
	tdx->params = (struct td_params){ .max_vcpus = max(vm->nr_vcpus, 1u) };
	spin_lock_init(sim, &tdx->prealloc_split_cache_lock, "prealloc_split_cache_lock");
	vm->tdx = tdx;
	vm->external_ops = &tdx_external_ops;
	vm->private_zap_destroys = true;
	for (u32 i = 0; i < vm->nr_vcpus; i++)
		vm->vcpus[i]->pre_fault_allowed = false;
}

/* --- KVM_TDX_INIT_VM --- */

static int alloc_control_pages(struct task *me, struct vm *vm)
{
	struct vm_tdx *tdx = vm->tdx;

	tdx->tdr = tdx_alloc_control_page(me, tdx->host);
	if (!tdx->tdr)
		return -ENOMEM;
	for (u32 i = 0; i < TDX_MIN_TDCX; i++) {
		tdx->tdcs[i] = tdx_alloc_control_page(me, tdx->host);
		if (!tdx->tdcs[i])
			return -ENOMEM;
	}
	return 0;
}

/* Pages that the module has not been given, from the @first of the TDCS on. */
static void free_tdcs(struct task *me, struct vm *vm, u32 first)
{
	struct vm_tdx *tdx = vm->tdx;

	for (u32 i = first; i < TDX_MIN_TDCX; i++) {
		if (tdx->tdcs[i])
			tdx_free_control_page(me, tdx->host, tdx->tdcs[i]);
		tdx->tdcs[i] = 0;
	}
}

static void free_all(struct task *me, struct vm *vm)
{
	free_tdcs(me, vm, 0);
	if (vm->tdx->tdr)
		tdx_free_control_page(me, vm->tdx->host, vm->tdx->tdr);
	vm->tdx->tdr = 0;
	tdx_hkid_free(vm);
}

static int mng_create(struct task *me, struct vm *vm)
{
	struct vm_tdx *tdx = vm->tdx;
	u64 err;

	/* The leaf is BUSY if it does not get the module's table of keys at once. */
	mutex_lock(me, &tdx->host->tdx_lock);
	err = tdx_call(me, tdx->host, TDH_MNG_CREATE, tdx_pfn_pa(tdx->tdr), tdx->hkid, 0, 0, NULL);
	mutex_unlock(me, &tdx->host->tdx_lock);
	return err ? -EIO : 0;
}

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_do_tdh_mng_key_config, as __tdx_td_init() has it called
 * Fidelity: simplified: the worker on the other CPU does not compete for it
 */
static int configure_keys(struct task *me, struct vm *vm)
{
	struct tdx_host *host = vm->tdx->host;

	for (u32 i = 0; i < host->nr_packages; i++) {
		u64 err;

		might_sleep(me);
		cost(me, COST_smp_call);
		err = tdx_call_on(me, host, tdx_package_cpu(host, i), TDH_MNG_KEY_CONFIG,
				  tdx_pfn_pa(vm->tdx->tdr));
		if (tdx_bug_on(me, vm, err, "TDH.MNG.KEY.CONFIG failed"))
			return -EIO;
	}
	return 0;
}

static int mng_init(struct task *me, struct vm *vm)
{
	struct vm_tdx *tdx = vm->tdx;
	struct tdx_module_args args = { .rcx = tdx_pfn_pa(tdx->tdr), .params = &tdx->params };
	u64 err = seamcall(me, tdx->host->mod, TDH_MNG_INIT, &args);

	/* What user space asked for. */
	if ((err & TDX_SEAMCALL_STATUS_MASK) == TDX_OPERAND_INVALID)
		return -EINVAL;
	return err ? -EIO : 0;
}

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:__tdx_td_init
 * Fidelity: faithful
 */
static int __tdx_td_init(struct task *me, struct vm *vm)
{
	struct vm_tdx *tdx = vm->tdx;
	u32 i = 0;
	int r = tdx_guest_keyid_alloc(tdx->host);

	if (r < 0)
		return r;
	store_release(tdx->hkid, (u16)r);
	r = alloc_control_pages(me, vm);
	if (!r)
		r = mng_create(me, vm);
	if (r) {
		free_all(me, vm);
		return r;
	}
	r = configure_keys(me, vm);
	for (; !r && i < TDX_MIN_TDCX; i++) {
		if (tdx_call(me, tdx->host, TDH_MNG_ADDCX, tdx_pfn_pa(tdx->tdcs[i]),
			     tdx_pfn_pa(tdx->tdr), 0, 0, NULL)) {
			r = -EIO;
			break;
		}
	}
	if (!r)
		r = mng_init(me, vm);
	if (!r)
		return 0;
	free_tdcs(me, vm, i);
	tdx_mmu_release_hkid(me, vm);
	tdx_reclaim_td_control_pages(me, vm);
	return r;
}

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_td_init, setup_tdparams
 * Fidelity: simplified
 */
static int tdx_td_init(struct task *me, struct vm *vm)
{
	struct vm_tdx *tdx = vm->tdx;
	int r;

	if (tdx->state != TD_STATE_UNINITIALIZED)
		return -EINVAL;
	for (u32 i = 0; i < vm->nr_vcpus; i++) {
		if (load_acquire(vm->vcpus[i]->tdx))
			return -EBUSY;
	}
	/* The host must not take a TD's content for that of a file. */
	if (!tdx->params.content_owner)
		tdx->params.content_owner = machine_new_id(vm->machine);
	r = __tdx_td_init(me, vm);
	if (!r)
		plain_write(me, tdx->state, TD_STATE_INITIALIZED);
	return r;
}

/* --- KVM_TDX_FINALIZE_VM --- */

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_td_finalize
 * Fidelity: faithful
 */
static int tdx_td_finalize(struct task *me, struct vm *vm)
{
	struct vm_tdx *tdx = vm->tdx;
	u64 err;

	if (!tdx_hkid_assigned(vm) || tdx->state == TD_STATE_RUNNABLE)
		return -EINVAL;
	/* Leaves that wait for their PAGE.ADD. */
	if (READ_ONCE(me, tdx->obj, tdx->nr_premapped))
		return -EINVAL;
	err = tdx_call(me, tdx->host, TDH_MR_FINALIZE, tdx_pfn_pa(tdx->tdr), 0, 0, 0, NULL);
	if (tdx_operand_busy(err))
		return -EBUSY;
	if (tdx_bug_on(me, vm, err, "TDH.MR.FINALIZE failed"))
		return -EIO;
	sim_point(me, tdx->obj, SIM_WRITE);
	plain_write(me, tdx->state, TD_STATE_RUNNABLE);
	/* Who sees that pre-faults are allowed sees the state, too. */
	for (u32 i = 0; i < vm->nr_vcpus; i++)
		plain_write(me, vm->vcpus[i]->pre_fault_allowed, true);
	return 0;
}

/* --- the calls --- */

static s64 vm_state_ioctl(struct task *me, struct vm *vm,
			  int (*fn)(struct task *me, struct vm *vm))
{
	s64 nr, r = -EIO;

	cost(me, COST_syscall);
	if (!vm_is_td(vm))
		return -ENOTTY;
	if (!vm_tryget(vm))
		return -EBADF;
	if (!vm_dead(vm)) {
		nr = acquire_vm_state_locks(me, vm);
		r = nr < 0 ? nr : fn(me, vm);
		if (nr >= 0)
			release_vm_state_locks(me, vm, nr);
	}
	vm_put(me, vm);
	task_work_run(me);
	return r;
}

s64 tdx_init_vm(struct task *me, struct vm *vm)
{
	SIM_FRAME(me);
	return check_result(me, OP_TD_INIT_VM, vm_state_ioctl(me, vm, tdx_td_init));
}

s64 tdx_finalize_vm(struct task *me, struct vm *vm)
{
	SIM_FRAME(me);
	return check_result(me, OP_TD_FINALIZE, vm_state_ioctl(me, vm, tdx_td_finalize));
}

s64 tdx_build_vm(struct task *me, struct vm *vm)
{
	s64 r = tdx_init_vm(me, vm);

	for (u32 i = 0; !r && i < vm->nr_vcpus; i++) {
		r = tdx_create_vcpu(me, vm->vcpus[i]);
		if (!r)
			r = tdx_init_vcpu(me, vm->vcpus[i]);
	}
	return r;
}
