/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/mm/memory_failure.h - an uncorrected error in a page of memory.
 *
 * Lock order: mf_mutex -> folio lock -> what the file system's error_remove_folio() takes.  For
 * guest_memfd that is the invalidate lock, against the order of mm/filemap.c (invalidate lock, then
 * folio lock), as upstream.
 *
 * Invariant: a page that was handled keeps the reference it was handled with, so that it is never
 * used again; machine->poisoned has an entry for each such reference.
 *
 * Upstream: mm/memory-failure.c
 * Fidelity: simplified: see the functions
 */
#ifndef MODEL_MM_MEMORY_FAILURE_H
#define MODEL_MM_MEMORY_FAILURE_H

#include "model/mm/filemap.h"

enum mf_result { MF_IGNORED, MF_FAILED, MF_DELAYED, MF_RECOVERED };

enum mf_flags {
	MF_COUNT_INCREASED = BIT(0), /* the caller has a reference and gives it away */
};

/* A reference that memory failure keeps. */
struct mf_page {
	/* constant once on machine->poisoned, protected by mf_mutex */
	struct list_head node;
	struct folio *folio;
};

/**
 * memory_failure - handle an uncorrected error in the folio.
 *
 * Upstream: mm/memory-failure.c:memory_failure, try_memory_failure_hugetlb
 * Fidelity: simplified: pages of files; anonymous pages are only marked (they are on no LRU list
 * here), a free page stays on its list; nobody has asked to be told early, so processes get SIGBUS
 * when they touch the page; large folios are all taken for hugetlb's: poisoned and unmapped as a
 * whole
 * Context: process context, no lock held; takes mf_mutex.
 * Return: 0, -EBUSY (done what could be done, but the page could not be taken away: the answer for
 * every page of a guest_memfd), -EHWPOISON (it was poisoned already).
 */
int memory_failure(struct task *me, struct folio *folio, u32 flags);

#endif
