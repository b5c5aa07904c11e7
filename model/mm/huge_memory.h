/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/mm/huge_memory.h - splitting a large folio for core mm: it may fail, and does not wait.
 *
 * Upstream: mm/huge_memory.c
 * Fidelity: simplified: uniform split only, folios of files only
 */
#ifndef MODEL_MM_HUGE_MEMORY_H
#define MODEL_MM_HUGE_MEMORY_H

#include "model/mm/filemap.h"

/**
 * split_huge_page_to_order - make folios of @new_order of a locked one, if nobody else uses it.
 *
 * Nodes are allocated, i_mmap_rwsem is taken, the count tested, the folio unmapped, and then, with
 * interrupts off and xa_lock held: frozen, relabelled, each new folio from the second on stored and
 * unfrozen, the first one last.  PTEs do not come back (of file folios): the next access faults.
 * The caller's reference and lock stay with the first new folio.  Mappings by VM_PFNMAP, which no
 * rmap knows, are not touched.
 *
 * Upstream: mm/huge_memory.c:__folio_split
 * Fidelity: simplified: uniform split only, no swap cache, no deferred list
 * Fail site: "xa_node".
 * Context: folio locked and referenced by the caller; may sleep.
 * Return: 0; -EAGAIN if there are other references; -EBUSY if it is in no file; -ENOMEM; -EINVAL
 * for a folio of a hugetlb pool or an order that is not smaller.
 */
int split_huge_page_to_order(struct task *me, struct folio *folio, u32 new_order);

static inline int split_folio(struct task *me, struct folio *folio)
{
	return split_huge_page_to_order(me, folio, 0);
}

#endif
