/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/mm/hugetlb_vmemmap.h - HVO: a huge page keeps one page of struct pages and gives the rest
 * away; before its tails can be used as folios these must come back, which needs memory.
 *
 * 64 struct pages of 64 bytes fill a vmemmap page: 4096 for 1G (4095 given away), 8 for 2M (7).
 *
 * Upstream: mm/hugetlb_vmemmap.c, December 2025 (with synchronize_rcu() before each remapping)
 * Fidelity: simplified: struct folio of this program is not affected; steps, allocations, waits and
 * failures are
 */
#ifndef MODEL_MM_HUGETLB_VMEMMAP_H
#define MODEL_MM_HUGETLB_VMEMMAP_H

#include "model/mm/hugetlb.h"

/* Vmemmap pages that an optimized huge page does without; 0: too small to be optimized. */
static inline u32 hugetlb_vmemmap_optimizable_pages(u32 order)
{
	return order > FOLIO_CHUNK_SHIFT ? (1u << (order - FOLIO_CHUNK_SHIFT)) - 1 : 0;
}

/**
 * hugetlb_vmemmap_restore_folio - give every page of @folio its struct page back.
 *
 * Steps: "hvo: synchronize_rcu", "hvo: allocate" (fail site "hvo_restore" for each page),
 * "hvo: remap" (under init_mm's mmap_lock for read), "hvo: flush" (interrupts every CPU).
 *
 * Upstream: mm/hugetlb_vmemmap.c:hugetlb_vmemmap_restore_folio, vmemmap_remap_alloc
 * Fidelity: faithful
 * Context: @folio frozen; may sleep.
 * Return: 0 (also if it is not optimized) or -ENOMEM with nothing changed.
 */
int hugetlb_vmemmap_restore_folio(struct task *me, const struct hstate *h, struct folio *folio);

/**
 * hugetlb_vmemmap_prealloc - get the vmemmap pages for a later hugetlb_vmemmap_restore_folio() of
 * a folio of @order by this task, so that it need not allocate with locks held.
 *
 * hugetlb_vmemmap_prealloc_free() gives back what was not used.
 * Upstream: none (a design under review: locking = prepare-outside)
 * Fidelity: simplified: a number of pages; fail site "hvo_restore"
 * Context: may sleep; the folio may change meanwhile, then pages are left over, or missing.
 * Return: 0 or -ENOMEM with nothing more than before.
 */
int hugetlb_vmemmap_prealloc(struct task *me, u32 order);
void hugetlb_vmemmap_prealloc_free(struct task *me);

/**
 * hugetlb_vmemmap_optimize_folio - give the struct pages of @folio's tails away.
 *
 * Upstream: mm/hugetlb_vmemmap.c:hugetlb_vmemmap_optimize_folio
 * Fidelity: simplified: the PMD of the vmemmap has been split before (at boot)
 * Fail site: "hvo_optimize": the head page is not replaced by a new one; otherwise the same.
 * Context: @folio frozen; may sleep.
 */
void hugetlb_vmemmap_optimize_folio(struct task *me, const struct hstate *h, struct folio *folio);

/**
 * pfn_try_get - a walker by frame number takes a reference to the page there, whatever it is.
 *
 * The struct page may be one that HVO has folded away: then it is mapped read-only, and an attempt
 * to write to it, even one that would fail, is a `lifetime` finding (there: an oops).  The walker
 * looks whether it is such a page, and its RCU section keeps it from becoming one.
 *
 * Upstream: include/linux/page_ref.h:page_ref_add_unless, page-flags.h:page_is_fake_head
 * Fidelity: faithful
 * Context: any; takes the RCU read lock.  The frame has been used at least once.
 * Return: the page's folio with one more reference, or NULL.
 */
struct folio *pfn_try_get(struct task *me, pfn_t pfn);

#endif
