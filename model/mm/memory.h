/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/mm/memory.h - page faults, and taking pages out of page tables.
 *
 * Upstream: mm/memory.c, mm/rmap.c, mm/mmu_gather.c, arch/x86/mm/tlb.c, arch/x86/mm/fault.c
 * Fidelity: simplified: see the functions and docs/FIDELITY.md
 */
#ifndef MODEL_MM_MEMORY_H
#define MODEL_MM_MEMORY_H

#include "model/mm/filemap.h"
#include "model/mm/mmap.h"

typedef u32 vm_fault_t;

enum vm_fault_reason {
	VM_FAULT_OOM = 0x1,
	VM_FAULT_SIGBUS = 0x2,
	VM_FAULT_MAJOR = 0x4,
	VM_FAULT_HWPOISON = 0x10,
	VM_FAULT_SIGSEGV = 0x40,
	VM_FAULT_NOPAGE = 0x100,
	VM_FAULT_LOCKED = 0x200,
	VM_FAULT_RETRY = 0x400,
};
#define VM_FAULT_ERROR (VM_FAULT_OOM | VM_FAULT_SIGBUS | VM_FAULT_SIGSEGV | VM_FAULT_HWPOISON)

enum fault_flag {
	FAULT_FLAG_WRITE = BIT(0),
	FAULT_FLAG_ALLOW_RETRY = BIT(2),
	FAULT_FLAG_RETRY_NOWAIT = BIT(3),
	FAULT_FLAG_KILLABLE = BIT(4),
	FAULT_FLAG_TRIED = BIT(5),
	FAULT_FLAG_USER = BIT(6),
};

struct mmu_gather;

struct vm_fault {
	/* constant during the fault */
	struct vm_area_struct *vma;
	hva_t address;
	pgoff_t pgoff;
	u32 flags; /* enum fault_flag */

	/* written by vm_ops->fault(): a folio with one reference, locked with VM_FAULT_LOCKED */
	struct folio *page;
};

struct vm_operations {
	/* constant */
	const char *name;
	/* Context: mmap_lock held for read.  Return: VM_FAULT_LOCKED and vmf->page, or an error */
	vm_fault_t (*fault)(struct task *me, struct vm_fault *vmf);
};

/* What a negative errno of a fault handler becomes. */
static inline vm_fault_t vmf_error(s64 err)
{
	if (err == -ENOMEM)
		return VM_FAULT_OOM;
	if (err == -EHWPOISON)
		return VM_FAULT_HWPOISON;
	return VM_FAULT_SIGBUS;
}

/**
 * handle_mm_fault - resolve one fault.
 *
 * Upstream: mm/memory.c:handle_mm_fault, do_shared_fault, finish_fault
 * Fidelity: faithful in steps and locks for shared file mappings; anonymous memory simplified
 * Context: mmap_lock held for read and kept, also with VM_FAULT_RETRY.
 * Return: 0 when a PTE is (or was already) there, else VM_FAULT_* bits.
 */
vm_fault_t handle_mm_fault(struct task *me, struct vm_area_struct *vma, hva_t address, u32 flags);

/**
 * vmf_insert_pfn - a driver maps a frame into its own area (VM_PFNMAP).
 *
 * The PTE holds no reference and is in no rmap: core mm neither pins the page behind it nor finds
 * it when the folio is split, truncated or freed.  It is the driver that must take it out in time,
 * by unmap_mapping_pages() of its own file.
 *
 * Upstream: mm/memory.c:vmf_insert_pfn, insert_pfn
 * Fidelity: faithful
 * Fail site: "pte_alloc".
 * Context: mmap_lock held for read.
 * Return: VM_FAULT_NOPAGE, also if there is a PTE already, or VM_FAULT_OOM.
 */
vm_fault_t vmf_insert_pfn(struct task *me, struct vm_area_struct *vma, hva_t addr, pfn_t pfn);

/**
 * vm_normal_folio - the folio a PTE holds a reference to; NULL for a special one.
 *
 * Upstream: mm/memory.c:vm_normal_folio
 * Fidelity: faithful
 */
static inline struct folio *vm_normal_folio(const struct folio_map *map, pte_t pte)
{
	return pte_special(pte) ? NULL : pfn_folio(map, pte_pfn(pte));
}

/* --- taking pages out --- */

/**
 * unmap_mapping_pages - unmap file pages [@start, @start + @nr) from every process.
 *
 * Upstream: mm/memory.c:unmap_mapping_pages, unmap_mapping_range_tree
 * Fidelity: faithful
 * Context: may sleep; takes i_mmap_rwsem for read.
 */
void unmap_mapping_pages(struct task *me, struct address_space *mapping, pgoff_t start, pgoff_t nr);

/**
 * unmap_mapping_folio - unmap one locked folio from every process.
 *
 * Upstream: mm/memory.c:unmap_mapping_folio
 * Fidelity: faithful
 */
void unmap_mapping_folio(struct task *me, struct folio *folio);

/**
 * zap_vma_range - clear the PTEs of [@start, @end) of one VMA, notifiers and flushes included.
 *
 * Upstream: mm/memory.c:zap_page_range_single
 * Fidelity: faithful
 * Context: mmap_lock or i_mmap_rwsem held.
 */
void zap_vma_range(struct task *me, struct vm_area_struct *vma, hva_t start, hva_t end);

/**
 * unmap_page_range - clear the PTEs of [@start, @end), of @single only unless that is NULL.
 *
 * Upstream: mm/memory.c:unmap_page_range
 * Fidelity: faithful; the caller brackets it with notifiers and finishes the gather
 */
void unmap_page_range(struct task *me, struct mmu_gather *tlb, struct vm_area_struct *vma,
		      hva_t start, hva_t end, const struct folio *single);

/* --- mmu_gather: pages that may be freed only after a flush --- */

#define MMU_GATHER_BATCH  506 /* pages before a flush: one page of pointers */
#define MMU_GATHER_BUNDLE 8   /* what needs no page */

struct mmu_gather {
	/* written by the owner, on its stack */
	struct mm_struct *mm;
	hva_t start, end; /* of what was cleared and not flushed */
	bool keep_poison; /* zap_details.even_cows is not set: hwpoison entries stay */
	u32 nr;
	struct folio *pages[MMU_GATHER_BATCH];
};

void tlb_gather_mmu(struct task *me, struct mmu_gather *tlb, struct mm_struct *mm);

/* Return: true if the batch is full and must be flushed before the next page. */
bool tlb_remove_page(struct task *me, struct mmu_gather *tlb, hva_t addr, struct folio *folio);

/* A PTE without a page was cleared. */
void tlb_remove_tlb_entry(struct mmu_gather *tlb, hva_t addr);

/* Flush only, under a PTE lock; flush and put the pages; the same, at the end. */
void tlb_flush_mmu_tlbonly(struct task *me, struct mmu_gather *tlb);
void tlb_flush_mmu(struct task *me, struct mmu_gather *tlb);
void tlb_finish_mmu(struct task *me, struct mmu_gather *tlb);

/**
 * flush_tlb_mm_range - drop translations of @mm on all CPUs that run it.
 *
 * Upstream: arch/x86/mm/tlb.c:flush_tlb_mm_range
 * Fidelity: simplified: always one local flush and one shootdown of the CPUs that run @mm now
 * (a CPU whose task of @mm sleeps is lazy and gets none); translations are not modelled one by one
 */
void flush_tlb_mm_range(struct task *me, struct mm_struct *mm, hva_t start, hva_t end);

#endif
