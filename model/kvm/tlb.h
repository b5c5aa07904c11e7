/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/kvm/tlb.h - what each vCPU's TLB remembers, and how it is made to forget.
 *
 * A direct-mapped table per vCPU and page size, and a bit per entry that says whether there is one:
 * nobody looks at entries that are not there.  An entry carries the number of remote flushes that
 * had begun when it was filled.  Using an entry that is older than the beginning of a completed
 * flush is the tlb-stale finding: the flush should have thrown it away.
 *
 * Invariants:
 *  T1 flush_remote_tlbs() returns only when no vCPU of the VM is in guest mode with translations
 *     from before the call: vCPUs in guest mode have been interrupted, the others find the request
 *     before their next entry.
 *  T2 A guest access, from the look at the requests to the access of the page, is not interrupted.
 *
 * Upstream: virt/kvm/kvm_main.c:kvm_flush_remote_tlbs, kvm_make_all_cpus_request
 * Fidelity: faithful; range flushes flush everything, as KVM does without Hyper-V
 */
#ifndef MODEL_KVM_TLB_H
#define MODEL_KVM_TLB_H

#include "model/kvm/vm.h"

#define TLB_ENTRIES	 256u
#define TLB_HUGE_ENTRIES 32u /* of each larger size; at most 64 */

/* KVM_REQ_* */
enum vcpu_request {
	REQ_TLB_FLUSH = BIT(0),
	REQ_VM_DEAD = BIT(1),
	REQ_MMU_FREE_OBSOLETE_ROOTS = BIT(2),
	REQ_APIC_PAGE_RELOAD = BIT(4), /* look the APIC access page up again */
	REQ_OUTSIDE_GUEST_MODE = BIT(3), /* leave guest mode, nothing else (TDX: kick for TRACK) */
};

struct tlb_entry {
	/* written by the vCPU's task, in guest mode */
	gfn_t gfn; /* where the page begins */
	u64 spte;
	u8 level;
	bool is_private;
	u64 flushes; /* vm->tlb_flushes_begun when filled */
};

struct tlb {
	/* written by the vCPU's task */
	u64 valid[TLB_ENTRIES / 64];
	u64 valid_huge[PG_LEVEL_1G - PG_LEVEL_4K];
	u64 fills;
	u64 hits;
	u64 flushes;
	/* where valid says so, else garbage */
	struct tlb_entry entry[TLB_ENTRIES];
	struct tlb_entry huge[PG_LEVEL_1G - PG_LEVEL_4K][TLB_HUGE_ENTRIES];
};

void tlb_init(struct sim *sim, struct tlb *tlb);
void tlb_flush_local(struct tlb *tlb);
const struct tlb_entry *tlb_lookup(struct tlb *tlb, gfn_t gfn, bool is_private);
void tlb_fill(struct vm *vm, struct tlb *tlb, gfn_t gfn, bool is_private, u64 spte);
void tlb_fill_huge(struct vm *vm, struct tlb *tlb, gfn_t gfn, bool is_private, u64 spte, int level);

/**
 * flush_remote_tlbs - make every vCPU forget its translations, and wait until they have.
 *
 * Upstream: virt/kvm/kvm_main.c:kvm_flush_remote_tlbs
 * Fidelity: faithful
 * Context: any with interrupts on; usually mmu_lock is held.
 */
void flush_remote_tlbs(struct task *me, struct vm *vm);
void flush_remote_tlbs_range(struct task *me, struct vm *vm, gfn_t gfn, u64 nr_pages);

/**
 * make_all_cpus_request - set @req on every vCPU, interrupt those in guest mode, wait for them.
 *
 * Upstream: virt/kvm/kvm_main.c:kvm_make_all_cpus_request
 * Fidelity: faithful (all requests here have KVM_REQUEST_WAIT)
 * Return: the number of vCPUs that were interrupted.
 */
u32 make_all_cpus_request(struct task *me, struct vm *vm, enum vcpu_request req);

/**
 * tlb_for_each - call @fn for each valid entry of each vCPU, for the checks.
 *
 * Context: at rest, or between two operations (other vCPUs may be about to flush).
 */
void tlb_for_each(struct vm *vm,
		  void (*fn)(struct vcpu *vcpu, const struct tlb_entry *e, void *arg), void *arg);

#endif
