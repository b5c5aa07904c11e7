/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/mm/restructure_internal.h - what both designs of restructuring share; for their files only.
 */
#ifndef MODEL_MM_RESTRUCTURE_INTERNAL_H
#define MODEL_MM_RESTRUCTURE_INTERNAL_H

#include "model/mm/hugetlb_restructuring.h"

/* The metadata of a whole folio into the tree.  Return: 0 or -ENOMEM. */
int restructure_metadata_store(struct task *me, struct folio *folio);

/* Pay for @nr struct pages that become something else. */
void restructure_relabel(struct task *me, u32 nr);

/* The structs of a split huge page, chunk by chunk, from its first frame on. */
struct folio **restructure_pages_get(struct task *me, const struct folio *first, u32 nr);
void restructure_pages_put(struct task *me, struct folio **pages, u32 nr);

/* The @i-th of them; @arg: the pages. */
static inline void *restructure_nth_page(u64 i, void *arg)
{
	struct folio **pages = arg;

	return &pages[i >> FOLIO_CHUNK_SHIFT][i & (FOLIO_CHUNK_SIZE - 1)];
}

/**
 * restructure_merge_unreferenced_folio - frozen pieces become one hugetlb folio, frozen too.
 *
 * Upstream: hugetlb_restructuring.c:merge_unreferenced_folio, prep_compound_page
 * Fidelity: faithful
 */
void restructure_merge_unreferenced_folio(struct task *me, struct folio *first, u32 to_order);

/**
 * stash_restructure_folio - hugetlb_restructuring_restructure_folio() of the older design.
 *
 * Steps of a split: "restructure: freeze", "restructure: remove", "hvo: ...", "restructure:
 * relabel", "restructure: add"; of a merge: freeze and remove piece by piece, "restructure:
 * prep_compound_page", "hvo: ...", "restructure: add".
 *
 * Upstream: kvm_gmem_split_folio_in_filemap, kvm_gmem_merge_folio_in_filemap of the second RFC
 * Fidelity: faithful: spins without cond_resched; what cannot be undone for lack of memory is a
 * "lifetime" finding (there: WARN, and the file has lost the page)
 */
int stash_restructure_folio(struct task *me, struct folio *folio, u32 to_order);

#endif
