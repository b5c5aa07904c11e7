/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/mm/pgtable.h - a process's page table.
 *
 * Leaf tables of 512 PTEs, each with its own lock, hang off an xarray indexed by address / 2 MiB,
 * which stands for the upper levels.  PTEs are atomic words.
 *
 * Invariants:
 *  P1 A PTE changes only under its table's lock; it is read without by GUP-fast and by the "CPU".
 *  P2 A present PTE holds one reference to its folio and counts in mapcount, unless it is special.
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
#define _PAGE_DIRTY   BIT_ULL(6)
/* Not present: a hwpoison entry, which stays until it is unmapped by address. */
#define _PAGE_HWPOISON BIT_ULL(2)
/* PROT_NONE: the kernel finds the page, the CPU does not. */
#define _PAGE_PROTNONE BIT_ULL(8)
/* A driver's mapping of a frame: no reference, no rmap; VM_PFNMAP areas only. */
#define _PAGE_SPECIAL  BIT_ULL(9)

static inline pte_t mk_pte(pfn_t pfn, u64 prot)
{
	return ((u64)pfn << PAGE_SHIFT) | _PAGE_PRESENT | prot;
}

static inline pfn_t pte_pfn(pte_t pte)
{
	return (pfn_t)(pte >> PAGE_SHIFT);
}

static inline bool pte_present(pte_t pte)
{
	return pte & _PAGE_PRESENT;
}

static inline bool pte_none(pte_t pte)
{
	return !pte;
}

static inline bool pte_write(pte_t pte)
{
	return pte & _PAGE_RW;
}

static inline bool pte_protnone(pte_t pte)
{
	return pte & _PAGE_PROTNONE;
}

static inline bool pte_special(pte_t pte)
{
	return unlikely(pte & _PAGE_SPECIAL);
}

static inline bool pte_dirty(pte_t pte)
{
	return pte & _PAGE_DIRTY;
}

struct pte_table {
	/* class "ptlock" */
	struct spinlock ptl;
	/* protected by ptl */
	u32 nr_present;
	bool dead; /* unhooked: whoever got here by RCU looks it up again */
	struct sim_rcu_head rcu;

	/* written under ptl, read without */
	pte_t pte[PTRS_PER_PT];
};

static inline u32 pte_index(hva_t addr)
{
	return (u32)(addr >> PAGE_SHIFT) & (PTRS_PER_PT - 1);
}

static inline u64 pmd_index(hva_t addr)
{
	return addr >> PMD_SHIFT;
}

struct mm_struct;

/**
 * pte_offset_map - the leaf table of @addr, without its lock.
 *
 * Context: RCU read section (or at rest, by __pte_offset_map()).
 * Return: the table, or NULL.
 */
struct pte_table *pte_offset_map(struct task *me, struct mm_struct *mm, hva_t addr);
struct pte_table *__pte_offset_map(const struct mm_struct *mm, hva_t addr);

/**
 * pte_offset_map_lock / pte_unmap_unlock - the same with its lock, and with RCU, held.
 *
 * Upstream: mm/pgtable-generic.c:pte_offset_map_lock
 * Fidelity: faithful: a table that was freed before the lock was had is looked up again
 */
struct pte_table *pte_offset_map_lock(struct task *me, struct mm_struct *mm, hva_t addr);
void pte_unmap_unlock(struct task *me, struct pte_table *table);

/**
 * pte_alloc - make sure that @addr has a leaf table.
 *
 * Upstream: mm/memory.c:__pte_alloc
 * Fidelity: faithful (fail site "pte_alloc")
 * Return: 0 or -ENOMEM.
 */
int pte_alloc(struct task *me, struct mm_struct *mm, hva_t addr);

/**
 * free_pgtables - free the leaf tables that lie within [@floor, @ceiling) and touch [@start, @end).
 *
 * Upstream: mm/memory.c:free_pgtables
 * Fidelity: faithful in which tables go; by RCU, as with MMU_GATHER_RCU_TABLE_FREE
 */
void free_pgtables(struct task *me, struct mm_struct *mm, hva_t start, hva_t end, hva_t floor,
		   hva_t ceiling);

/* --- entries --- */

/* A visible, lockless read of one PTE. */
static inline pte_t ptep_get_lockless(struct task *me, struct pte_table *table, hva_t addr)
{
	return READ_ONCE(me, table->ptl.dep_map.id, table->pte[pte_index(addr)]);
}

/* Under ptl, or where the surrounding step already was visible. */
static inline pte_t ptep_get(const struct pte_table *table, hva_t addr)
{
	return load_acquire(table->pte[pte_index(addr)]);
}

/* Context: ptl held; visible to lockless readers. */
void set_pte_at(struct task *me, struct pte_table *table, hva_t addr, pte_t pte);
pte_t ptep_get_and_clear(struct task *me, struct pte_table *table, hva_t addr);

/* Context: ptl held.  The entry is empty, and from now on says that its page has failed. */
void set_hwpoison_pte(struct task *me, struct pte_table *table, hva_t addr, pfn_t pfn);

#endif
