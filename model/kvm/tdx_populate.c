// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/tdx_populate.c - a TD's initial memory: a leaf of the mirror, PAGE.ADD, MR.EXTEND.
 *
 * The leaf comes first, as for a pre-fault, because PAGE.ADD needs the S-EPT tables above it; until
 * PAGE.ADD has filled the S-EPT entry that leaf is counted in nr_premapped, and a TD that has any
 * cannot be finalized.  A leaf whose PAGE.ADD was BUSY stays; the next try finds it.
 *
 * Invariants: kvm->lock, the vCPUs' mutexes, slots_lock and the file's invalidate lock (exclusive)
 * are held, so no leaf goes between its mapping and its PAGE.ADD.
 *
 * Upstream: arch/x86/kvm/vmx/tdx.c
 * Fidelity: faithful to v6.16's two steps; the page is mapped by its number, as from v6.19 on,
 * where PAGE.ADD has moved into set_external_spte
 */
#include "model/kvm/tdx_host.h"

#include "model/mm/folio.h"

int tdx_mem_page_record_premap(struct task *me, struct vm *vm, gfn_t gfn, int level, pfn_t pfn)
{
	struct vcpu *vcpu = get_running_vcpu(me);

	/* Whoever may pre-fault sees the TD RUNNABLE. */
	if (vm_bug_on(me, vm, !vcpu || vcpu->pre_fault_allowed || level != PG_LEVEL_4K,
		      "a private page is mapped before the TD can run"))
		return -EIO;
	atomic_add_return(me, vm->tdx->obj, &vm->tdx->nr_premapped, 1);
	return 0;
}

static int mem_page_add(struct task *me, struct vm *vm, gpa_t gpa, pfn_t pfn, pfn_t src)
{
	struct vm_tdx *tdx = vm->tdx;
	u64 err = tdx_call(me, tdx->host, TDH_MEM_PAGE_ADD, gpa | TDX_LEVEL_4K,
			   tdx_pfn_pa(tdx->tdr), tdx_pfn_pa(pfn), tdx_pfn_pa(src), NULL);

	if (err)
		return tdx_operand_busy(err) ? -EBUSY : -EIO;
	if (!vm_bug_on(me, vm, !READ_ONCE(me, tdx->obj, tdx->nr_premapped),
		       "PAGE.ADD of a page that was not mapped before"))
		atomic_add_return(me, tdx->obj, &tdx->nr_premapped, -1);
	return 0;
}

static int mr_extend(struct task *me, struct vm *vm, gpa_t gpa)
{
	for (u64 i = 0; i < PAGE_SIZE; i += TDX_EXTENDMR_CHUNKSIZE) {
		if (tdx_call(me, vm->tdx->host, TDH_MR_EXTEND, gpa + i, tdx_pfn_pa(vm->tdx->tdr),
			     0, 0, NULL))
			return -EIO;
	}
	return 0;
}

int tdx_gmem_post_populate(struct task *me, struct vm *vm, gfn_t gfn, pfn_t pfn,
			   struct folio *src)
{
	gpa_t gpa = gfn << PAGE_SHIFT;
	pfn_t src_pfn = src ? folio_pfn(vm->machine->folios, src) : pfn;
	int r;

	SIM_FRAME(me);
	/* In-place kernels add what is in the page; others need a source. */
	if (!src && vm_memory_attributes(vm))
		return -EOPNOTSUPP;
	r = mmu_map_private_pfn(me, get_running_vcpu(me), gfn, pfn);
	if (r)
		return r;
	sim_step(me, "page_add");
	r = mem_page_add(me, vm, gpa, pfn, src_pfn);
	if (!r && vm->tdx->region_flags & TDX_MEASURE_MEMORY_REGION) {
		sim_step(me, "mr_extend");
		r = mr_extend(me, vm, gpa);
	}
	return r;
}

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_vcpu_init_mem_region
 * Fidelity: faithful: what it asks for before it looks at the region
 */
int tdx_init_mem_region_begin(struct task *me, struct vm *vm, u32 flags)
{
	struct vcpu *vcpu = vm->nr_vcpus ? vm->vcpus[0] : NULL;
	int r;

	if (!vcpu || !vcpu->tdx || vcpu->tdx->state != VCPU_TD_STATE_INITIALIZED ||
	    tdx_runnable(vm))
		return -EINVAL;
	vcpu_loaded(me, vcpu);
	r = mmu_reload(me, vcpu);
	if (r)
		vcpu_loaded(me, NULL);
	else
		vm->tdx->region_flags = flags;
	return r;
}

void tdx_init_mem_region_end(struct task *me)
{
	vcpu_loaded(me, NULL);
}
