/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/kvm/spte.h - what a word of the second-level page table says.
 *
 * Leaf: page frame, access bits, and (kept for the checks only) whether the fault was private and
 * whose content the page is to have.
 * Non-leaf: the child table.  FROZEN: somebody changes the external page table right now; whoever
 * meets it gives up and retries.
 *
 * Upstream: arch/x86/kvm/mmu/spte.h
 * Fidelity: simplified: no A/D bits, no MMIO SPTEs, no access tracking; SPTE_PRIVATE and the owner
 * are ours
 */
#ifndef MODEL_KVM_SPTE_H
#define MODEL_KVM_SPTE_H

#include "model/types.h"
#include "sim/sim.h"

struct mmu_page;

#define PG_LEVEL_4K	   1
#define PG_LEVEL_2M	   2
#define PG_LEVEL_1G	   3
#define TDP_ROOT_LEVEL	   4
#define SPTE_LEVEL_BITS	   9
#define SPTE_ENT_PER_PAGE  512u
#define TDP_MAX_GFN	   (1ull << (SPTE_LEVEL_BITS * TDP_ROOT_LEVEL)) /* exclusive */
#define PAGES_PER_HPAGE(l) (1ull << (((l)-1) * SPTE_LEVEL_BITS))

#define SPTE_R		 BIT_ULL(0)
#define SPTE_W		 BIT_ULL(1)
#define SPTE_X		 BIT_ULL(2)
#define SPTE_PAGE_SIZE	 BIT_ULL(7) /* a leaf above 4K */
#define SPTE_MMU_PRESENT BIT_ULL(11)
#define SPTE_PRIVATE	 BIT_ULL(62)

#define SHADOW_NONPRESENT_VALUE 0ull
#define FROZEN_SPTE		(SHADOW_NONPRESENT_VALUE | 0x5a0ull)

#define SPTE_PFN_SHIFT 12
#define SPTE_PFN_MASK  (((1ull << 32) - 1) << SPTE_PFN_SHIFT)

/* Whose content the page has to be (folio.h), so that a stale translation is told from a good one.
 */
#define SPTE_OWNER_SHIFT 44
#define SPTE_OWNER_MAX	 ((1u << 18) - 1)

static inline bool is_frozen_spte(u64 spte)
{
	return spte == FROZEN_SPTE;
}

static inline bool is_shadow_present_pte(u64 spte)
{
	return spte & SPTE_MMU_PRESENT;
}

static inline bool is_large_pte(u64 spte)
{
	return spte & SPTE_PAGE_SIZE;
}

static inline bool is_last_spte(u64 spte, int level)
{
	return level == PG_LEVEL_4K || is_large_pte(spte);
}

static inline bool is_writable_pte(u64 spte)
{
	return spte & SPTE_W;
}

static inline bool is_private_spte(u64 spte)
{
	return spte & SPTE_PRIVATE;
}

static inline pfn_t spte_to_pfn(u64 spte)
{
	return (pfn_t)((spte & SPTE_PFN_MASK) >> SPTE_PFN_SHIFT);
}

static inline u32 spte_owner(u64 spte)
{
	return (u32)(spte >> SPTE_OWNER_SHIFT) & SPTE_OWNER_MAX;
}

/*
 * Upstream: arch/x86/kvm/mmu/spte.c:make_spte
 * Fidelity: simplified: see above
 */
static inline u64 make_spte(pfn_t pfn, int level, bool writable, bool is_private, u32 owner)
{
	SIM_ASSERT(owner <= SPTE_OWNER_MAX);
	return SPTE_MMU_PRESENT | SPTE_R | SPTE_X | ((u64)pfn << SPTE_PFN_SHIFT) |
	       (writable ? SPTE_W : 0) | (level > PG_LEVEL_4K ? SPTE_PAGE_SIZE : 0) |
	       (is_private ? SPTE_PRIVATE : 0) | ((u64)owner << SPTE_OWNER_SHIFT);
}

/*
 * What entry @index of the table of @level says after the huge leaf above it was split.
 *
 * Upstream: arch/x86/kvm/mmu/spte.c:make_huge_page_split_spte
 * Fidelity: simplified: no NX workaround
 */
static inline u64 make_huge_page_split_spte(u64 huge_spte, int level, u32 index)
{
	u64 child = huge_spte + ((index * PAGES_PER_HPAGE(level)) << SPTE_PFN_SHIFT);

	SIM_ASSERT(is_shadow_present_pte(huge_spte) && is_large_pte(huge_spte));
	return level == PG_LEVEL_4K ? child & ~SPTE_PAGE_SIZE : child;
}

/* A user-space pointer has 47 bits: it fits above the flags. */
static inline u64 make_nonleaf_spte(struct mmu_page *child)
{
	return SPTE_MMU_PRESENT | SPTE_R | SPTE_W | SPTE_X |
	       (u64)(uintptr_t)child << SPTE_PFN_SHIFT;
}

static inline struct mmu_page *spte_to_child_sp(u64 spte)
{
	return (struct mmu_page *)(uintptr_t)((spte >> SPTE_PFN_SHIFT) & ((1ull << 47) - 1));
}

#endif
