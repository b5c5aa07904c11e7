// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/mmu.c - the guest fault.
 *
 * Invariants: those of mmu.h.  A fault that looked anything up keeps nothing of it over a retry;
 * the folio's reference is dropped in finish_page_fault() and nowhere else.
 *
 * Upstream: arch/x86/kvm/mmu/mmu.c
 * Fidelity: faithful for TDP; where not, the function says so
 */
#include "model/kvm/mmu.h"

#include "model/events.h"
#include "model/gmem/gmem.h"
#include "model/kvm/invalidate.h"
#include "model/kvm/lpage.h"
#include "model/kvm/tdp_mmu.h"
#include "model/kvm/tlb.h"
#include "model/kvm/vcpu.h"
#include "model/kvm/zap_wq.h"
#include "model/mm/filemap.h"
#include "model/mm/gup.h"
#include "model/mm/mmap.h"

/* Why no page was had, where errno says too little (kvm_pfn_t's error values). */
enum pfn_err { PFN_OK, PFN_ERR_FAULT, PFN_ERR_NEEDS_IO, PFN_ERR_SIGPENDING, PFN_ERR_HWPOISON };

/* --- roots and caches --- */

/* The external page table's pages, and what else its owner needs for a fault. */
static int mmu_topup_external_cache(struct task *me, struct vcpu *vcpu)
{
	const struct tdp_external_ops *ops = vcpu->vm->external_ops;

	if (ops && ops->topup_external_cache)
		return ops->topup_external_cache(me, vcpu);
	/* Pages that are not real: a count. */
	if (vcpu->mmu_cache_nobjs < MMU_CACHE_MIN && sim_should_fail(me, "mmu_external_cache"))
		return -ENOMEM;
	return 0;
}

/*
 * Upstream: arch/x86/kvm/mmu/mmu.c:mmu_topup_memory_caches, kvm_mmu_topup_memory_cache
 * Fidelity: simplified: a count; the tables themselves are allocated when they are used
 * Fail site: "mmu_cache" (the allocation of one object).
 */
static int mmu_topup_memory_caches(struct task *me, struct vcpu *vcpu)
{
	might_sleep(me);
	if (unlikely(vcpu->vm->has_mirrored_tdp)) {
		int r = mmu_topup_external_cache(me, vcpu);

		if (r)
			return r;
	}
	if (likely(vcpu->mmu_cache_nobjs >= MMU_CACHE_MIN))
		return 0;
	while (vcpu->mmu_cache_nobjs < MMU_CACHE_CAPACITY) {
		if (sim_should_fail(me, "mmu_cache"))
			return vcpu->mmu_cache_nobjs >= MMU_CACHE_MIN ? 0 : -ENOMEM;
		vcpu->mmu_cache_nobjs++;
	}
	return 0;
}

static int mmu_load(struct task *me, struct vcpu *vcpu)
{
	int r = mmu_topup_memory_caches(me, vcpu);

	if (r)
		return r;
	SIM_ASSERT(!vcpu->vm->has_mirrored_tdp || vcpu->vm->external_ops);
	if (vcpu->vm->has_mirrored_tdp && !vcpu->mirror_root)
		vcpu->mirror_root = tdp_mmu_alloc_root(me, vcpu, true);
	vcpu->root = tdp_mmu_alloc_root(me, vcpu, false);
	/* Translations of an earlier root may still be there. */
	tlb_flush_local(&vcpu->tlb);
	return 0;
}

int mmu_reload(struct task *me, struct vcpu *vcpu)
{
	/* Not only KVM_RUN comes here: a prefault would retry with an obsolete root for ever. */
	if (vcpu_check_request(vcpu, REQ_MMU_FREE_OBSOLETE_ROOTS))
		mmu_free_obsolete_roots(me, vcpu);
	return likely(vcpu->root) ? 0 : mmu_load(me, vcpu);
}

/*
 * The last reference takes the root off a list that writers of mmu_lock walk without RCU.
 *
 * Upstream: arch/x86/kvm/mmu/mmu.c:kvm_mmu_free_roots, mmu_free_root_page
 * Fidelity: simplified: one hold of the lock for each root
 */
static void mmu_free_root(struct task *me, struct vcpu *vcpu, struct mmu_page **root)
{
	if (!*root)
		return;
	read_lock(me, &vcpu->vm->mmu_lock);
	tdp_mmu_put_root(me, vcpu->vm, *root);
	read_unlock(me, &vcpu->vm->mmu_lock);
	*root = NULL;
}

void mmu_unload(struct task *me, struct vcpu *vcpu)
{
	mmu_free_root(me, vcpu, &vcpu->root);
	mmu_free_root(me, vcpu, &vcpu->mirror_root);
}

/* Mirror roots become obsolete only with the VM. */
void mmu_free_obsolete_roots(struct task *me, struct vcpu *vcpu)
{
	if (vcpu->root && tdp_root_invalid(vcpu->root))
		mmu_free_root(me, vcpu, &vcpu->root);
}

/* --- how much of it --- */

static int max_level_for_order(int order)
{
	if (likely(order < SPTE_LEVEL_BITS))
		return PG_LEVEL_4K;
	return order < 2 * SPTE_LEVEL_BITS ? PG_LEVEL_2M : PG_LEVEL_1G;
}

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_gmem_max_mapping_level
 * Fidelity: faithful: 4K, with TDX huge pages v3 2M for private memory; a module may say otherwise
 * Return: PG_LEVEL_*, 0: no opinion.
 */
static int gmem_coco_max_level(const struct vm *vm, pfn_t pfn, bool is_private)
{
	if (!vm->has_mirrored_tdp)
		return 0;
	if (vm->external_ops->gmem_max_mapping_level)
		return vm->external_ops->gmem_max_mapping_level((struct vm *)vm, pfn, is_private);
	if (!is_private)
		return 0;
	return vm->machine->cfg.kernel >= KERNEL_HUGETLB_WIP ? PG_LEVEL_2M : PG_LEVEL_4K;
}

/*
 * Upstream: arch/x86/kvm/mmu/mmu.c:kvm_mmu_max_mapping_level, kvm_gmem_max_mapping_level,
 * host_pfn_mapping_level
 * Fidelity: faithful for faults; processes have 4K page tables only
 */
static int mmu_max_mapping_level(const struct vm *vm, const struct page_fault *fault)
{
	int level = lpage_max_level(fault->slot, fault->gfn, fault->max_level), coco_level;

	if (level == PG_LEVEL_4K)
		return level;
	if (!fault->is_private && !memslot_is_gmem_only(fault->slot))
		return PG_LEVEL_4K;
	coco_level = gmem_coco_max_level(vm, fault->pfn, fault->is_private);
	return coco_level ? min(level, coco_level) : level;
}

void mmu_hugepage_adjust(struct task *me, struct vm *vm, struct page_fault *fault)
{
	u64 mask;

	if (!fault->slot || (fault->slot->flags & MEM_LOG_DIRTY_PAGES))
		return;
	fault->goal_level = mmu_max_mapping_level(vm, fault);
	if (fault->goal_level == PG_LEVEL_4K)
		return;
	if (unlikely(vm->nx_huge_pages && fault->exec)) {
		fault->req_level = fault->goal_level;
		fault->goal_level = PG_LEVEL_4K;
		return;
	}
	mask = PAGES_PER_HPAGE(fault->goal_level) - 1;
	if (unlikely((fault->gfn & mask) != (fault->pfn & mask))) {
		/* VM_BUG_ON() there: the page would be mapped at another place. */
		sim_finding(me->sim, me, "leaf-folio",
			    "%s: gfn 0x%llx and pfn 0x%x differ in their place in a huge page",
			    vm->name, (unsigned long long)fault->gfn, fault->pfn);
		fault->goal_level = PG_LEVEL_4K;
		return;
	}
	fault->pfn &= (pfn_t)~mask;
}

void disallowed_hugepage_adjust(struct page_fault *fault, u64 spte, int cur_level)
{
	u64 page_mask;

	if (cur_level == PG_LEVEL_4K || cur_level != fault->goal_level ||
	    !is_shadow_present_pte(spte) || is_large_pte(spte))
		return;
	/* One level down, into the part of the huge page that the gfn is in. */
	page_mask = PAGES_PER_HPAGE(cur_level) - PAGES_PER_HPAGE(cur_level - 1);
	fault->pfn |= (pfn_t)(fault->gfn & page_mask);
	fault->goal_level--;
}

/* --- the page --- */

static int mmu_prepare_memory_fault_exit(struct vcpu *vcpu, const struct page_fault *fault, int r)
{
	prepare_memory_fault_exit(vcpu, fault->gfn << PAGE_SHIFT, PAGE_SIZE, fault->is_private);
	return r;
}

/*
 * Upstream: arch/x86/kvm/mmu/mmu.c:kvm_mmu_faultin_pfn_gmem
 * Fidelity: faithful
 */
static int mmu_faultin_pfn_gmem(struct task *me, struct vcpu *vcpu, struct page_fault *fault)
{
	gfn_t gfn = fault->gfn;
	int max_order, r;

	if (!slot_has_gmem(fault->slot))
		return mmu_prepare_memory_fault_exit(vcpu, fault, -EFAULT);
	if (bug(me, BUG_LEAF_FOREIGN) && gfn + 1 < fault->slot->base_gfn + fault->slot->npages)
		gfn++;
	r = gmem_get_pfn(me, vcpu->vm, fault->slot, gfn, &fault->pfn, &fault->refcounted_page,
			 &max_order);
	if (r)
		return mmu_prepare_memory_fault_exit(vcpu, fault, r);
	fault->map_writable = !(fault->slot->flags & MEM_READONLY);
	fault->owner = fault->slot->gmem_owner;
	fault->max_level = max_level_for_order(max_order);
	return RET_PF_CONTINUE;
}

/*
 * Upstream: virt/kvm/kvm_main.c:hva_to_pfn
 * Fidelity: simplified: no VM_IO or VM_PFNMAP areas, always for writing
 */
static enum pfn_err hva_to_pfn(struct task *me, struct page_fault *fault, struct mm_struct *mm,
			       hva_t addr, u32 foll)
{
	struct vm_area_struct *vma;
	struct folio *folio = NULL;
	enum pfn_err err;
	s64 npages;

	foll |= FOLL_GET | FOLL_WRITE | FOLL_HWPOISON;
	npages = get_user_pages_fast_only(me, mm, addr, 1, foll & ~FOLL_NOWAIT, &folio);
	if (npages != 1)
		npages = get_user_pages_unlocked(me, mm, addr, 1, foll, &folio);
	if (npages == 1) {
		struct address_space *mapping = load_acquire(folio->mapping);

		fault->refcounted_page = folio;
		fault->pfn = folio_pfn(machine_of(me)->folios, folio);
		fault->map_writable = !(fault->slot->flags & MEM_READONLY);
		fault->owner = mapping ? mapping->owner : mm->owner;
		return PFN_OK;
	}
	if (npages == -EINTR || npages == -EAGAIN)
		return PFN_ERR_SIGPENDING;
	if (npages == -EHWPOISON)
		return PFN_ERR_HWPOISON;

	mmap_read_lock(me, mm);
	vma = vma_lookup(mm, addr);
	err = vma && (foll & FOLL_NOWAIT) && (vma->vm_flags & VM_WRITE) ? PFN_ERR_NEEDS_IO :
									  PFN_ERR_FAULT;
	mmap_read_unlock(me, mm);
	return err;
}

/*
 * First without waiting; if that is not possible, with (there are no asynchronous page faults).
 *
 * Upstream: arch/x86/kvm/mmu/mmu.c:__kvm_mmu_faultin_pfn, kvm_handle_error_pfn
 * Fidelity: simplified: no async page fault; SIGBUS is any signal
 */
static int mmu_faultin_pfn_hva(struct task *me, struct vcpu *vcpu, struct page_fault *fault)
{
	hva_t addr = gfn_to_hva_memslot(fault->slot, fault->gfn);
	struct mm_struct *mm = vcpu->vm->mm;
	enum pfn_err err = hva_to_pfn(me, fault, mm, addr, FOLL_NOWAIT);

	if (err == PFN_ERR_NEEDS_IO)
		err = hva_to_pfn(me, fault, mm, addr, 0);
	switch (err) {
	case PFN_OK:
		return RET_PF_CONTINUE;
	case PFN_ERR_SIGPENDING:
		return -EINTR;
	case PFN_ERR_HWPOISON:
		send_signal(me, me, 1); /* SIGBUS */
		return RET_PF_RETRY;
	default:
		return -EFAULT;
	}
}

static void mmu_finish_page_fault(struct task *me, struct page_fault *fault, int r)
{
	struct folio *folio = fault->refcounted_page;

	if (!folio)
		return;
	fault->refcounted_page = NULL;
	if (r == RET_PF_RETRY && bug(me, BUG_EXTRA_REF))
		return;
	folio_put(me, folio);
}

/*
 * Upstream: arch/x86/kvm/mmu/mmu.c:kvm_handle_noslot_fault
 * Fidelity: simplified: nothing is cached for the next access there
 */
static int mmu_handle_noslot_fault(struct vcpu *vcpu, struct page_fault *fault)
{
	if (fault->is_private)
		return mmu_prepare_memory_fault_exit(vcpu, fault, -EFAULT);
	return RET_PF_EMULATE;
}

/*
 * Upstream: arch/x86/kvm/mmu/mmu.c:kvm_mmu_faultin_pfn
 * Fidelity: faithful
 */
static int mmu_faultin_pfn(struct task *me, struct vcpu *vcpu, struct page_fault *fault)
{
	struct vm *vm = vcpu->vm;
	int r;

	SIM_FRAME(me);
	/* The sequence comes first: whatever is looked up after it is covered by the recheck. */
	fault->mmu_seq = mmu_invalidate_snapshot(me, vm);
	if (fault->is_private != vm_mem_is_private(me, vm, fault->gfn))
		return mmu_prepare_memory_fault_exit(vcpu, fault, -EFAULT);
	if (!fault->slot)
		return mmu_handle_noslot_fault(vcpu, fault);

	sim_life_check(me, &fault->slot->life, "memory slot in a guest fault");
	if (fault->slot->flags & MEMSLOT_INVALID)
		return fault->prefetch ? -EAGAIN : RET_PF_RETRY;
	if (mmu_invalidate_retry_gfn_unsafe(me, vm, fault->mmu_seq, fault->gfn))
		return RET_PF_RETRY;

	if (fault->is_private || memslot_is_gmem_only(fault->slot))
		r = mmu_faultin_pfn_gmem(me, vcpu, fault);
	else
		r = mmu_faultin_pfn_hva(me, vcpu, fault);
	if (r != RET_PF_CONTINUE)
		return r;

	if (mmu_invalidate_retry_gfn_unsafe(me, vm, fault->mmu_seq, fault->gfn)) {
		mmu_finish_page_fault(me, fault, RET_PF_RETRY);
		return RET_PF_RETRY;
	}
	return RET_PF_CONTINUE;
}

/* --- the fault --- */

/*
 * Upstream: arch/x86/kvm/mmu/mmu.c:fast_page_fault, page_fault_can_be_fast
 * Fidelity: simplified: with A/D bits only a write to a present, write-protected page can be fast,
 * and nothing is ever write-protected here
 */
static int fast_page_fault(const struct page_fault *fault)
{
	return RET_PF_INVALID;
}

/*
 * Upstream: arch/x86/kvm/mmu/mmu.c:is_page_fault_stale
 * Fidelity: faithful
 * Context: mmu_lock held.
 */
static bool is_page_fault_stale(struct task *me, struct vcpu *vcpu, const struct page_fault *fault)
{
	if (tdp_root_invalid(vcpu->root))
		return true;
	if (bug(me, BUG_SKIP_RECHECK))
		return false;
	return mmu_invalidate_retry_gfn(me, vcpu->vm, fault->mmu_seq, fault->gfn);
}

/*
 * Upstream: arch/x86/kvm/mmu/mmu.c:kvm_tdp_mmu_page_fault
 * Fidelity: faithful
 */
static int tdp_mmu_page_fault(struct task *me, struct vcpu *vcpu, struct page_fault *fault)
{
	struct vm *vm = vcpu->vm;
	int r;

	SIM_FRAME(me);
	r = fast_page_fault(fault);
	if (r != RET_PF_INVALID)
		return r;
	r = mmu_topup_memory_caches(me, vcpu);
	if (r)
		return r;
	r = mmu_faultin_pfn(me, vcpu, fault);
	if (r != RET_PF_CONTINUE)
		return r;

	r = RET_PF_RETRY;
	read_lock(me, &vm->mmu_lock);
	if (!is_page_fault_stale(me, vcpu, fault))
		r = tdp_mmu_map(me, vcpu, fault);
	mmu_finish_page_fault(me, fault, r);
	read_unlock(me, &vm->mmu_lock);
	return r;
}

int mmu_do_page_fault(struct task *me, struct vcpu *vcpu, gpa_t gpa, bool is_private, bool write,
		      bool prefetch, int *level)
{
	struct page_fault fault = {
		.addr = gpa,
		.gfn = gpa >> PAGE_SHIFT,
		.is_private = is_private,
		.write = write,
		.exec = vcpu->fetching,
		.prefetch = prefetch,
		.max_level = MAX_HUGEPAGE_LEVEL,
		.goal_level = PG_LEVEL_4K,
	};
	int r;

	SIM_FRAME(me);
	SIM_ASSERT(vcpu->root);
	if (fault.gfn < TDP_MAX_GFN)
		fault.slot = gfn_to_memslot(me, vcpu->vm, fault.gfn);
	r = tdp_mmu_page_fault(me, vcpu, &fault);
	sim_event(me, EV_kvm_page_fault, gpa, (u64)(s64)r, is_private);
	if (level)
		*level = fault.goal_level;
	return r;
}

int mmu_page_fault(struct task *me, struct vcpu *vcpu, gpa_t gpa, bool is_private, bool write)
{
	struct vm *vm = vcpu->vm;

	/* Without a shared bit in the address the attributes say what the guest means. */
	if (!vm->has_private_mem)
		is_private = false;
	else if (vm->type != VM_TDX)
		is_private = vm_mem_is_private(me, vm, gpa >> PAGE_SHIFT);
	return mmu_do_page_fault(me, vcpu, gpa, is_private, write, false, NULL);
}

/* --- memslot updates --- */

/*
 * Upstream: arch/x86/kvm/mmu/mmu.c:kvm_mmu_zap_all_fast
 * Fidelity: faithful (no shadow pages)
 */
static void mmu_zap_all_fast(struct task *me, struct vm *vm)
{
	SIM_FRAME(me);
	lockdep_assert_held(me, &vm->slots_lock);
	vm_mmu_lock(me, vm);
	tdp_mmu_invalidate_roots(me, vm, DIRECT_ROOTS);
	/* In the same hold: nobody may enter the guest with a root that can be freed. */
	make_all_cpus_request(me, vm, REQ_MMU_FREE_OBSOLETE_ROOTS);
	vm_mmu_unlock(me, vm);
	if (unlikely(vm->zap_wq))
		zap_wq_flush(me, vm->zap_wq);
	else
		tdp_mmu_zap_invalidated_roots(me, vm, true);
}

/*
 * Upstream: arch/x86/kvm/mmu/mmu.c:kvm_mmu_zap_memslot
 * Fidelity: faithful
 */
static void mmu_zap_memslot(struct task *me, struct vm *vm, struct memory_slot *slot)
{
	struct gfn_range range = {
		.slot = slot,
		.start = slot->base_gfn,
		.end = slot->base_gfn + slot->npages,
		.attr_filter = FILTER_SHARED | FILTER_PRIVATE,
		.may_block = true,
	};

	SIM_FRAME(me);
	vm_mmu_lock(me, vm);
	if (tdp_mmu_unmap_gfn_range(me, vm, &range, false))
		flush_remote_tlbs(me, vm);
	vm_mmu_unlock(me, vm);
}

void flush_shadow_memslot(struct task *me, struct vm *vm, struct memory_slot *slot)
{
	/* KVM_X86_QUIRK_SLOT_ZAP_ALL, on by default. */
	if (vm->type == VM_DEFAULT)
		mmu_zap_all_fast(me, vm);
	else
		mmu_zap_memslot(me, vm, slot);
}

int mmu_map_private_pfn(struct task *me, struct vcpu *vcpu, gfn_t gfn, pfn_t pfn)
{
	struct vm *vm = vcpu->vm;
	struct page_fault fault = {
		.addr = gfn << PAGE_SHIFT,
		.gfn = gfn,
		.is_private = true,
		.prefetch = true,
		.slot = gfn_to_memslot(me, vm, gfn),
		.pfn = pfn,
		.map_writable = true,
		.max_level = PG_LEVEL_4K,
		.goal_level = PG_LEVEL_4K,
	};
	int r;

	SIM_FRAME(me);
	lockdep_assert_held(me, &vm->slots_lock);
	fault.owner = fault.slot->gmem_owner;
	r = mmu_reload(me, vcpu);
	if (r)
		return r;
	do {
		if (signal_pending(me))
			return -EINTR;
		if (vm_dead(vm))
			return -EIO;
		/* Each try takes from the caches. */
		r = mmu_topup_memory_caches(me, vcpu);
		if (r)
			return r;
		cond_resched(me);
		read_lock(me, &vm->mmu_lock);
		r = tdp_mmu_map(me, vcpu, &fault);
		read_unlock(me, &vm->mmu_lock);
		if (r == RET_PF_RETRY) {
			sim_retry(me);
			sim_cost(me, max(cost_value(me, COST_retry_delay), (sim_ns)1));
		}
	} while (r == RET_PF_RETRY);
	return r == RET_PF_FIXED || r == RET_PF_SPURIOUS ? 0 : -EIO;
}
