/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/kvm/mmu.h - the guest fault, from the exit to the leaf.
 *
 * The steps are the kernel's and each is visible: fast path; caches; snapshot of the sequence;
 * attribute; slot; unlocked pre-check; page (guest_memfd, or the process's page tables); unlocked
 * pre-check; mmu_lock for read; recheck; map; reference dropped.
 *
 * Invariants: the page's reference is held from the lookup until after the mapping, and then not
 * longer; nothing that was looked up before the snapshot is trusted.
 *
 * Upstream: arch/x86/kvm/mmu/mmu.c
 * Fidelity: faithful for TDP
 */
#ifndef MODEL_KVM_MMU_H
#define MODEL_KVM_MMU_H

#include "model/kvm/vm.h"

struct folio;
struct gfn_range;
struct vcpu;

/* RET_PF_*: what to do after a fault; a negative errno goes to userspace. */
enum ret_pf {
	RET_PF_CONTINUE,
	RET_PF_RETRY,
	RET_PF_EMULATE,
	RET_PF_WRITE_PROTECTED,
	RET_PF_INVALID,
	RET_PF_FIXED,
	RET_PF_SPURIOUS,
};

struct page_fault {
	/* constant during the fault */
	gpa_t addr;
	gfn_t gfn;
	bool is_private;
	bool write;
	bool exec;
	bool prefetch; /* KVM_PRE_FAULT_MEMORY */

	/* written step by step by the faulting task */
	struct memory_slot *slot;
	u64 mmu_seq;
	int req_level; /* what exec was refused: a huge page of this level; or 0 */
	pfn_t pfn;
	struct folio *refcounted_page;
	u32 owner; /* of the page's content */
	bool map_writable;
	int max_level;	/* what the page allows */
	int goal_level; /* of the leaf to install; @pfn is then where that begins */
};

/**
 * mmu_page_fault - handle one EPT violation.
 *
 * Upstream: arch/x86/kvm/mmu/mmu.c:kvm_mmu_page_fault
 * Fidelity: faithful (software-protected VMs take the private bit from the attributes)
 * Context: vcpu->mutex and vm->srcu (read) held; may sleep.
 * Return: enum ret_pf, or a negative errno (a memory-fault exit has been prepared in vcpu->run for
 * -EFAULT and -EHWPOISON).
 */
int mmu_page_fault(struct task *me, struct vcpu *vcpu, gpa_t gpa, bool is_private, bool write);

/* mmu_do_page_fault - the same with everything said; @level: of the leaf, or NULL. */
int mmu_do_page_fault(struct task *me, struct vcpu *vcpu, gpa_t gpa, bool is_private, bool write,
		      bool prefetch, int *level);

/**
 * mmu_map_private_pfn - map a page of a guest_memfd that is being populated.
 *
 * Upstream: arch/x86/kvm/mmu/mmu.c:kvm_tdp_mmu_map_private_pfn
 * Fidelity: faithful (a leaf that is there already is no error, as before v6.19)
 * Context: slots_lock and vcpu->mutex held; no invalidation can begin.
 * Return: 0, -EINTR, -ENOMEM, -EIO.
 */
int mmu_map_private_pfn(struct task *me, struct vcpu *vcpu, gfn_t gfn, pfn_t pfn);

/**
 * mmu_hugepage_adjust - at which level to map, now that the page is known.
 *
 * Upstream: arch/x86/kvm/mmu/mmu.c:kvm_mmu_hugepage_adjust, kvm_mmu_max_mapping_level
 * Fidelity: faithful; what user space maps is mapped in 4K there, so the shared side is here, too
 * Context: mmu_lock held, the fault is not stale.
 */
void mmu_hugepage_adjust(struct task *me, struct vm *vm, struct page_fault *fault);

/**
 * disallowed_hugepage_adjust - a mirror keeps the tables it has: never replace one by a huge leaf.
 *
 * Upstream: arch/x86/kvm/mmu/mmu.c:disallowed_hugepage_adjust (TDX huge pages v3, 6/24)
 * Fidelity: simplified: without the NX workaround
 */
void disallowed_hugepage_adjust(struct page_fault *fault, u64 spte, int cur_level);

/**
 * mmu_reload - make sure the vCPU has valid roots.
 *
 * Upstream: arch/x86/kvm/mmu.h:kvm_mmu_reload, mmu.c:kvm_mmu_load
 * Fidelity: simplified: TDP roots only
 * Return: 0 or -ENOMEM.
 */
int mmu_reload(struct task *me, struct vcpu *vcpu);
void mmu_free_obsolete_roots(struct task *me, struct vcpu *vcpu);
void mmu_unload(struct task *me, struct vcpu *vcpu);

/**
 * flush_shadow_memslot - a slot goes away: zap everything (default VMs), or its range.
 *
 * Upstream: arch/x86/kvm/mmu/mmu.c:kvm_arch_flush_shadow_memslot, kvm_mmu_zap_all_fast,
 * kvm_mmu_zap_memslot
 * Fidelity: faithful
 * Context: slots_lock held.
 */
void flush_shadow_memslot(struct task *me, struct vm *vm, struct memory_slot *slot);

/**
 * slot_apply_flags - dirty logging was switched on: split what is larger than a page.
 *
 * Upstream: arch/x86/kvm/x86.c:kvm_mmu_slot_apply_flags (eager_page_split)
 * Fidelity: simplified: nothing is write-protected, and switching it off recovers no huge pages
 * Context: slots_lock held; the slots are published.
 */
void slot_apply_flags(struct task *me, struct vm *vm, const struct memory_slot *old,
		      const struct memory_slot *new);

/**
 * split_cross_boundary_leafs - split the huge leaves that reach over an end of @range, so that
 * zapping it takes nothing outside of it.
 *
 * Level by level: a 1G leaf becomes 512 of 2M, of which at most two are split further.  mmu_lock is
 * dropped to allocate, so others may map, zap or split meanwhile.  Nothing is flushed: the caller
 * does that after the zap that follows.
 *
 * Upstream: arch/x86/kvm/mmu/mmu.c:kvm_split_cross_boundary_leafs (TDX huge pages v3, 11/24)
 * Fidelity: faithful; in KERNEL_HUGETLB_WIP with its bool for a result: 1 instead of -ENOMEM
 * Context: mmu_lock held, for read if @shared; an invalidation open, slots_lock, or vm->srcu.
 * Return: 0, -ENOMEM, -EOPNOTSUPP if !range->may_block.
 */
int split_cross_boundary_leafs(struct task *me, struct vm *vm, struct gfn_range *range,
			       bool shared);

#endif
