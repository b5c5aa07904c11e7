/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/mm/gup.h - get_user_pages: references that no unmap can revoke.
 *
 * Upstream: mm/gup.c
 * Fidelity: faithful for 4K pages (fast: interrupts off, read PTE, try_grab, recheck, undo)
 */
#ifndef MODEL_MM_GUP_H
#define MODEL_MM_GUP_H

#include "model/mm/memory.h"

enum gup_flags {
	FOLL_WRITE = BIT(0),
	FOLL_GET = BIT(1),
	FOLL_FAST_ONLY = BIT(3),
	FOLL_NOWAIT = BIT(5),
	FOLL_HWPOISON = BIT(6), /* the caller knows what -EHWPOISON means */
	FOLL_LONGTERM = BIT(8),
	FOLL_PIN = BIT(19),
};

/* Pages pinned by one call of pin_user_pages(); on machine->pins for the ledger. */
struct pin {
	/* protected by machine->lock */
	struct list_head node;

	/* constant once on the list */
	struct mm_struct *mm;
	u32 gup_flags;
	u64 nr;
	u64 nr_alloc;
	struct folio **folios;
};

/**
 * get_user_pages_fast_only - what the lockless walk can get.
 *
 * Return: number of pages, perhaps 0.
 */
s64 get_user_pages_fast_only(struct task *me, struct mm_struct *mm, hva_t addr, u64 nr, u32 flags,
			     struct folio **pages);

/**
 * get_user_pages_fast - lockless, then under mmap_lock with faults (FOLL_GET or FOLL_PIN).
 *
 * Return: number of pages (perhaps fewer than @nr), or a negative errno if none.
 */
s64 get_user_pages_fast(struct task *me, struct mm_struct *mm, hva_t addr, u64 nr, u32 flags,
			struct folio **pages);

/**
 * get_user_pages_unlocked - the slow path alone.
 */
s64 get_user_pages_unlocked(struct task *me, struct mm_struct *mm, hva_t addr, u64 nr, u32 flags,
			    struct folio **pages);

/**
 * faultin_page_range - fault pages in for MADV_POPULATE_READ and _WRITE; takes no references.
 *
 * Upstream: mm/gup.c:faultin_page_range
 * Fidelity: faithful
 * Context: mmap_lock held for read.
 * Return: 0, -EFAULT, -ENOMEM, -EHWPOISON, -EINTR, or -EINVAL if the VMA does not allow it.
 */
s64 faultin_page_range(struct task *me, struct vm_area_struct *vma, hva_t start, hva_t end,
		       bool write);

/**
 * gup_put_folio - give one page back: @flags has FOLL_GET or FOLL_PIN.
 */
void gup_put_folio(struct task *me, struct folio *folio, u32 flags);

#endif
