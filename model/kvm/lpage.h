/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/kvm/lpage.h - where in a slot no huge page may be mapped, and why.
 *
 * For each level above 4K: the slot's ends if they are not aligned, the whole slot if host
 * addresses or the file are not aligned as guest addresses are, huge pages whose attributes are
 * mixed, and those that the guest wants in small pieces.
 *
 * Invariants:
 *  L1 A huge page that is mixed at one level is mixed at the next, if that one is in the slot.
 *  L2 Mixed flags change under slots_lock and mmu_lock for write; faults read them under mmu_lock.
 *  L3 The guest's wish is set once, under mmu_lock for write, after what is mapped there has been
 *     split, and stays as long as the slot: who finds it without a lock may rely on it.
 *  L4 A slot without mixed or inhibited huge pages costs one struct lpage_info, whatever its size.
 *
 * Upstream: arch/x86/kvm/mmu/mmu.c (kvm_lpage_info), arch/x86/kvm/x86.c:kvm_alloc_memslot_metadata
 * Fidelity: faithful for what is here; no counts of write-protected pages in a huge page
 */
#ifndef MODEL_KVM_LPAGE_H
#define MODEL_KVM_LPAGE_H

#include "model/kvm/memslots.h"
#include "model/kvm/spte.h"

struct gfn_range;

#define MAX_HUGEPAGE_LEVEL PG_LEVEL_1G
#define NR_HUGE_LEVELS	   (MAX_HUGEPAGE_LEVEL - PG_LEVEL_4K)
#define LPAGE_CHUNK_SHIFT  9

struct lpage_level {
	/* constant once the slot is published */
	u64 nr; /* huge pages that the slot touches */
	bool none, first, last; /* no huge page at all; not the first one; not the last one */
	/* written under mmu_lock for write (L2, L3), read atomically; chunks of atomic flag bytes
	 */
	u8 **chunk;
};

struct lpage_info {
	/* protected as said there */
	struct lpage_level level[NR_HUGE_LEVELS];
};

/**
 * lpage_alloc - what a new slot starts with.
 *
 * Upstream: arch/x86/kvm/x86.c:kvm_alloc_memslot_metadata,
 *           arch/x86/kvm/mmu/mmu.c:kvm_mmu_init_memslot_memory_attributes
 * Fidelity: faithful
 * Context: slots_lock held; the slot is not visible yet, its binding (if it has one by now) is.
 */
void lpage_alloc(struct task *me, struct vm *vm, struct memory_slot *slot);
void lpage_free(struct sim *sim, struct memory_slot *slot);

/**
 * lpage_max_level - the highest level up to @max_level at which @gfn may be mapped.
 *
 * Upstream: arch/x86/kvm/mmu/mmu.c:kvm_lpage_info_max_mapping_level
 * Fidelity: faithful
 * Context: mmu_lock held, or a hint.
 */
int lpage_max_level(const struct memory_slot *slot, gfn_t gfn, int max_level);

bool hugepage_test_mixed(const struct memory_slot *slot, gfn_t gfn, int level);

/**
 * hugepage_set_guest_inhibit - the guest accepts memory at @gfn in pieces smaller than @level.
 *
 * Who wants 4K pieces says so for 2M and for 1G.
 *
 * Upstream: arch/x86/kvm/mmu/mmu.c:hugepage_set_guest_inhibit (TDX huge pages v3)
 * Fidelity: faithful
 * Context: mmu_lock held for write.
 */
void hugepage_set_guest_inhibit(struct task *me, struct memory_slot *slot, gfn_t gfn, int level);

/* Context: any; visible, because it is looked at without a lock. */
bool hugepage_test_guest_inhibit(struct task *me, const struct memory_slot *slot, gfn_t gfn,
				 int level);

/**
 * arch_pre_set_memory_attributes - zap what was right under the old attributes.
 *
 * The huge pages that the range cuts join the invalidation: no fault next to the range may map one
 * of them before its attributes are known to be mixed.
 *
 * Upstream: arch/x86/kvm/mmu/mmu.c:kvm_arch_pre_set_memory_attributes
 * Fidelity: faithful
 * Context: mmu_lock held for write, slots_lock held, inside begin and end.
 * Return: true if the caller has to flush.
 */
bool arch_pre_set_memory_attributes(struct task *me, struct vm *vm, struct gfn_range *range);

/**
 * arch_post_set_memory_attributes - which huge pages are mixed now?
 *
 * Upstream: arch/x86/kvm/mmu/mmu.c:kvm_arch_post_set_memory_attributes
 * Fidelity: faithful
 * Context: as above; the invalidation has ended in the same hold of mmu_lock.
 */
void arch_post_set_memory_attributes(struct task *me, struct vm *vm, const struct gfn_range *range);

#endif
