// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/tdx_teardown.c - a TD's end: vCPUs off their CPUs, caches written back, key and pages.
 *
 * Two ways lead here.  Private memory may be taken out of the living TD first, page by page (BLOCK,
 * TRACK, kick, REMOVE), because its file was closed before the VM; or user space has said
 * KVM_TDX_TERMINATE_VM, the HKID is free then, and each page is only reclaimed.
 *
 * Invariants: K2 and K3 of tdx.h; the HKID is given up once, and from then on no leaf that needs
 * the TD's key is called.
 *
 * Upstream: arch/x86/kvm/vmx/tdx.c
 * Fidelity: faithful; where not, the function says so
 */
#include "model/kvm/tdx_host.h"

#include "model/check.h"
#include "model/ops.h"
#include "model/task_work.h"

/*
 * The caches of a package, all of it: the call is interrupted now and then.
 *
 * Upstream: arch/x86/kvm/vmx/tdx.c:smp_func_do_phymem_cache_wb
 * Fidelity: faithful (a failure shows in KEY.FREEID)
 */
static void do_phymem_cache_wb(struct task *me, u32 cpu, void *arg)
{
	struct tdx_host *host = arg;
	u64 err = 0;

	for (u32 i = TDX_SEAMCALL_RETRIES; i > 0; i--) {
		err = tdx_call_on(me, host, cpu, TDH_PHYMEM_CACHE_WB, err != 0);
		if (err != TDX_INTERRUPTED_RESUMABLE)
			break;
	}
}

static void flush_all_vcpus(struct task *me, struct vm *vm)
{
	for (u32 i = 0; i < vm->nr_vcpus; i++) {
		if (vm->vcpus[i]->tdx)
			tdx_flush_vp_on_cpu(me, vm->vcpus[i]->tdx);
	}
}

void tdx_mmu_release_hkid(struct task *me, struct vm *vm)
{
	struct vm_tdx *tdx = vm->tdx;
	struct tdx_host *host = tdx->host;
	u64 tdr = tdx_pfn_pa(tdx->tdr), err;

	if (!tdx_hkid_assigned(vm) || bug(me, BUG_TD_KEEPS_KEY))
		return;
	SIM_FRAME(me);
	flush_all_vcpus(me, vm);
	/* CACHE.WB and the two around it would be BUSY if two TDs end at once. */
	mutex_lock(me, &host->tdx_lock);
	err = tdx_call(me, host, TDH_MNG_VPFLUSHDONE, tdr, 0, 0, 0, NULL);
	if (err == TDX_FLUSHVP_NOT_DONE)
		goto out;
	if (tdx_bug_on(me, vm, err, "TDH.MNG.VPFLUSHDONE failed: the HKID is leaked"))
		goto out;
	/* One CPU of each package.  Upstream they work at the same time, here one by one. */
	for (u32 i = 0; i < host->nr_packages; i++)
		tdx_smp_call(me, tdx_package_cpu(host, i), do_phymem_cache_wb, host);
	err = tdx_call(me, host, TDH_MNG_KEY_FREEID, tdr, 0, 0, 0, NULL);
	if (!tdx_bug_on(me, vm, err, "TDH.MNG.KEY.FREEID failed: the HKID is leaked"))
		tdx_hkid_free(vm);
out:
	mutex_unlock(me, &host->tdx_lock);
}

/**
 * tdx_reclaim_td_control_pages - TDCS pages, then the TDR.
 *
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_reclaim_td_control_pages
 * Fidelity: faithful
 */
void tdx_reclaim_td_control_pages(struct task *me, struct vm *vm)
{
	struct vm_tdx *tdx = vm->tdx;

	/* Something has gone wrong, and was reported: all of it is lost. */
	if (tdx_hkid_assigned(vm))
		return;
	for (u32 i = 0; i < TDX_MIN_TDCX; i++) {
		if (tdx->tdcs[i])
			tdx_reclaim_control_page(me, vm, tdx->tdcs[i]);
		tdx->tdcs[i] = 0;
	}
	if (tdx->tdr)
		tdx_reclaim_tdr(me, vm);
}

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_vm_destroy
 * Fidelity: faithful
 */
void tdx_vm_destroy(struct task *me, struct vm *vm)
{
	SIM_FRAME(me);
	tdx_reclaim_td_control_pages(me, vm);
	if (bug(me, BUG_PAMT_SOFTIRQ))
		tdx_softirq(me, vm->tdx->host);
	tdx_free_pamt_cache(me, &vm->tdx->split_cache);
	store_release(vm->tdx->state, TD_STATE_UNINITIALIZED);
}

/* --- KVM_TDX_TERMINATE_VM --- */

/*
 * Upstream: virt/kvm/kvm_main.c:kvm_trylock_all_vcpus
 * Fidelity: simplified: what a task has no room to hold is only looked at
 */
static bool trylock_all_vcpus(struct task *me, struct vm *vm)
{
	u32 n;

	for (n = 0; n < vm->nr_vcpus; n++) {
		if (!mutex_trylock(me, &vm->vcpus[n]->mutex))
			break;
		if (n >= VM_LOCKED_VCPUS)
			mutex_unlock(me, &vm->vcpus[n]->mutex);
	}
	if (n == vm->nr_vcpus)
		return true;
	for (n = min(n, VM_LOCKED_VCPUS); n--;)
		mutex_unlock(me, &vm->vcpus[n]->mutex);
	return false;
}

/* The VM is dead: whoever got in behind trylock_all_vcpus() comes out. */
static void unlock_all_vcpus(struct task *me, struct vm *vm)
{
	for (u32 n = min(vm->nr_vcpus, VM_LOCKED_VCPUS); n--;)
		mutex_unlock(me, &vm->vcpus[n]->mutex);
	for (u32 n = VM_LOCKED_VCPUS; n < vm->nr_vcpus; n++) {
		mutex_lock(me, &vm->vcpus[n]->mutex);
		mutex_unlock(me, &vm->vcpus[n]->mutex);
	}
}

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_terminate_vm (e4775f57ad51 of kvm-x86; left out of 6.17)
 * Fidelity: faithful: kvm->lock is held throughout; a dead VM's ioctls answer -EIO
 */
s64 tdx_terminate_vm(struct task *me, struct vm *vm)
{
	s64 r = -EBUSY;

	SIM_FRAME(me);
	cost(me, COST_syscall);
	if (!vm_is_td(vm) || bug(me, BUG_TD_NO_TERMINATE))
		return -ENOTTY;
	if (!vm_tryget(vm))
		return -EBADF;
	if (vm_dead(vm)) {
		r = -EIO;
		goto out_put;
	}
	mutex_lock(me, &vm->lock);
	if (trylock_all_vcpus(me, vm)) {
		vm_set_dead(me, vm);
		unlock_all_vcpus(me, vm);
		tdx_mmu_release_hkid(me, vm);
		r = 0;
	}
	mutex_unlock(me, &vm->lock);
out_put:
	vm_put(me, vm);
	task_work_run(me);
	return check_result(me, OP_TD_TERMINATE, r);
}
