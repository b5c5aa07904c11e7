// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/tdx_ask.c - what is asked about a machine's TDX module and TDs from outside the kernel.
 *
 * Invariant: but for seamcall_raw() and vm_td_settle() nothing here is a visible operation.
 */
#include "model/kvm/tdx.h"
#include "model/kvm/tdx_host.h"
#include "model/seamcalls.h"

bool seamcall_stat(const struct machine *m, u32 i, struct seamcall_stat *st)
{
	const struct tdx_leaf_stat *stat;

	if (!m || !m->tdx || i >= NR_TDX_LEAVES + NR_TDX_GUEST_LEAVES)
		return false;
	stat = tdx_leaf_stat(m->tdx->mod, i);
	*st = (struct seamcall_stat){
		.name = i < NR_TDX_LEAVES ? tdx_leaf_descs[i].name :
					    tdx_guest_leaf_descs[i - NR_TDX_LEAVES].name,
		.calls = stat->calls,
		.busy = stat->busy,
		.errors = stat->errors,
		.latency = stat->latency,
	};
	return true;
}

u64 seamcall_raw(struct task *me, struct machine *m, u32 i, struct seamcall_regs *regs)
{
	struct tdx_module_args args = {
		.rcx = regs->rcx, .rdx = regs->rdx, .r8 = regs->r8,
		.r9 = regs->r9,	  .r12 = regs->r12, .r13 = regs->r13,
	};
	u64 rax = seamcall(me, m->tdx->mod, tdx_leaf_descs[i].number, &args);

	*regs = (struct seamcall_regs){
		.rcx = args.rcx, .rdx = args.rdx, .r8 = args.r8,
		.r9 = args.r9,	 .r12 = args.r12, .r13 = args.r13,
	};
	return rax;
}

u64 vm_tdr(const struct vm *vm)
{
	return vm->tdx ? tdx_pfn_pa(vm->tdx->tdr) : 0;
}

void vm_set_pending_ve_disable(struct vm *vm, bool disable)
{
	if (vm->tdx)
		vm->tdx->params.pending_ve_disable = disable;
}

void vm_td_settle(struct task *me, struct vm *vm)
{
	for (u32 i = 0; i < vm->nr_vcpus; i++) {
		if (vm->vcpus[i]->tdx)
			tdx_flush_vp_on_cpu(me, vm->vcpus[i]->tdx);
	}
}

enum gpa_sept vm_gpa_sept(const struct vm *vm, gpa_t gpa)
{
	const struct tdx_td *td;
	int level;
	pfn_t pfn;

	if (!vm->tdx || !vm->tdx->tdr)
		return GPA_SEPT_FREE;
	td = tdx_td_find(vm->tdx->host->mod, vm->tdx->tdr);
	if (!td || !tdx_td_alive(td))
		return GPA_SEPT_FREE;
	switch (tdx_walk_sept(td, gpa, &level, &pfn)) {
	case SEPT_PENDING:
		return GPA_SEPT_PENDING;
	case SEPT_MAPPED:
		return GPA_SEPT_MAPPED;
	case SEPT_BLOCKED:
	case SEPT_PENDING_BLOCKED:
	case SEPT_NL_BLOCKED:
		return GPA_SEPT_BLOCKED;
	default:
		return GPA_SEPT_FREE;
	}
}
