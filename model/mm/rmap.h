/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/mm/rmap.h - from a folio to the page tables that map it.
 *
 * Upstream: include/linux/rmap.h, mm/rmap.c
 * Fidelity: simplified: folios of files only
 */
#ifndef MODEL_MM_RMAP_H
#define MODEL_MM_RMAP_H

#include "model/mm/memory.h"

enum ttu_flags {
	TTU_HWPOISON = BIT(5),
	TTU_RMAP_LOCKED = BIT(7), /* the caller has i_mmap_rwsem */
};

/**
 * try_to_unmap - clear every PTE of a locked folio; with TTU_HWPOISON leave a hwpoison entry.
 *
 * Upstream: mm/rmap.c:try_to_unmap, try_to_unmap_one
 * Fidelity: simplified: file folios; each PTE is flushed as it is cleared, as without
 * TTU_BATCH_FLUSH; no mlock, no swap
 * Context: folio locked; may sleep; takes i_mmap_rwsem for read, unless TTU_RMAP_LOCKED.
 */
void try_to_unmap(struct task *me, struct folio *folio, u32 flags);

#endif
