/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/kvm/invalidate.h - how whoever takes memory away from a guest tells the faults in flight.
 *
 * Invariants (mmu_lock is the only lock that matters here):
 *  N1 begin/end change the count under mmu_lock for write; each begin is followed by one end, with
 *     a range added in between.
 *  N2 The range is one union of all that was added while the count was above 0.
 *  N3 end bumps the VM-wide sequence before it drops the count.
 *  N4 A fault that snapshots the sequence before it looks anything up, and finds under mmu_lock
 *     neither an open range over its gfn nor a new sequence, may map what it looked up.
 *
 * The kernel's plain accesses outside mmu_lock (the "unsafe" ones, the snapshot) are marked here.
 *
 * Upstream: virt/kvm/kvm_main.c:kvm_mmu_invalidate_begin and below, include/linux/kvm_host.h
 * Fidelity: faithful
 */
#ifndef MODEL_KVM_INVALIDATE_H
#define MODEL_KVM_INVALIDATE_H

#include "model/kvm/vm.h"
#include "model/mm/mmu_notifier.h"

#define INVALID_GFN UINT64_MAX

enum gfn_range_filter { FILTER_SHARED = BIT(0), FILTER_PRIVATE = BIT(1) };

struct gfn_range {
	/* constant during the call */
	struct memory_slot *slot;
	gfn_t start;
	gfn_t end;	 /* exclusive */
	u32 attr_filter; /* enum gfn_range_filter */
	u64 attributes;	 /* vm_set_mem_attributes() only: the new ones */
	bool may_block;
};

/* Context: all three with mmu_lock held for write. */
void mmu_invalidate_begin(struct task *me, struct vm *vm);
void mmu_invalidate_range_add(struct task *me, struct vm *vm, gfn_t start, gfn_t end);
void mmu_invalidate_end(struct task *me, struct vm *vm);

/* What attrs-invalidate-end-unlocked had: the same, but mmu_lock has been dropped already. */
void mmu_invalidate_end_unlocked(struct task *me, struct vm *vm);

/**
 * mmu_unmap_gfn_range - add the range to the open invalidation and zap its leaves.
 *
 * Upstream: virt/kvm/kvm_main.c:kvm_mmu_unmap_gfn_range
 * Fidelity: faithful
 * Context: mmu_lock held for write, inside begin and end; may drop and retake mmu_lock if
 * range->may_block.
 * Return: true if the caller has to flush_remote_tlbs() before it unlocks.
 */
bool mmu_unmap_gfn_range(struct task *me, struct vm *vm, struct gfn_range *range);

/**
 * mmu_invalidate_snapshot - the sequence number, read before anything else is looked up.
 */
u64 mmu_invalidate_snapshot(struct task *me, struct vm *vm);

/**
 * mmu_invalidate_retry_gfn - must a fault that took snapshot @mmu_seq start over?
 *
 * Upstream: include/linux/kvm_host.h:mmu_invalidate_retry_gfn
 * Fidelity: faithful
 * Context: mmu_lock held.
 */
bool mmu_invalidate_retry_gfn(struct task *me, struct vm *vm, u64 mmu_seq, gfn_t gfn);

/**
 * mmu_invalidate_retry_gfn_unsafe - the same as a hint, wrong in both directions.
 *
 * Upstream: include/linux/kvm_host.h:mmu_invalidate_retry_gfn_unsafe
 * Fidelity: faithful
 */
bool mmu_invalidate_retry_gfn_unsafe(struct task *me, struct vm *vm, u64 mmu_seq, gfn_t gfn);

/* What the VM does when its process's page tables change; registered by vm_create(). */
extern const struct mmu_notifier_ops vm_mmu_notifier_ops;

#endif
