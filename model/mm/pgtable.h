/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/mm/pgtable.h - a process's page table.
 *
 * Leaf tables of 512 PTEs, each with its own lock, hang off an xarray indexed by address / 2 MiB,
 * which stands for the upper levels.  PTEs are atomic words.
 *
 * Invariants:
 *  P1 A PTE changes only under its table's lock; it is read without by GUP-fast and by the "CPU".
 *  P2 A present PTE holds one reference to its folio and counts in mapcount.
 *  P3 A table is freed by RCU, after it has been unhooked, empty.
 *
 * Upstream: mm/pgtable-generic.c, arch/x86/include/asm/pgtable*.h
 * Fidelity: simplified: upper levels are an xarray, 4K leaves only
 */
#ifndef MODEL_MM_PGTABLE_H
#define MODEL_MM_PGTABLE_H

#include "model/mm/folio.h"
#include "model/mm/xarray.h"

#define PMD_SHIFT 21
#define PMD_SIZE  (1ull << PMD_SHIFT)

typedef u64 pte_t;

#define _PAGE_PRESENT BIT_ULL(0)
#define _PAGE_RW      BIT_ULL(1)

static inline pte_t mk_pte(pfn_t pfn, bool write)
{
	return ((u64)pfn << PAGE_SHIFT) | _PAGE_PRESENT | (write ? _PAGE_RW : 0);
}

static inline pfn_t pte_pfn(pte_t pte)
{
	return (pfn_t)(pte >> PAGE_SHIFT);
}

static inline bool pte_present(pte_t pte)
{
	return pte & _PAGE_PRESENT;
}

static inline bool pte_write(pte_t pte)
{
	return pte & _PAGE_RW;
}

struct pte_table {
	/* class "ptlock" */
	struct spinlock ptl;
	/* protected by ptl */
	u32 nr_present;
	bool dead; /* unhooked: whoever got here by RCU starts over */
	struct sim_rcu_head rcu;

	/* written under ptl, read without */
	pte_t pte[PTRS_PER_PT];
};

static inline u32 pte_index(hva_t addr)
{
	return (u32)(addr >> PAGE_SHIFT) & (PTRS_PER_PT - 1);
}

/* A visible, lockless read of one PTE. */
pte_t ptep_get_lockless(struct task *me, struct pte_table *table, hva_t addr);

/* Under ptl: plain read, and the two ways to change a PTE. */
pte_t ptep_get(const struct pte_table *table, hva_t addr);
void set_pte_at(struct task *me, struct pte_table *table, hva_t addr, pte_t pte);
pte_t ptep_get_and_clear(struct task *me, struct pte_table *table, hva_t addr);

#endif
