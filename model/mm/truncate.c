// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/truncate.c - removing a range of pages from a file.
 *
 * Where the time goes: each mapped page is unmapped by itself (rmap walk, PTE, one TLB flush),
 * while removal from the page cache goes in batches of 31.  The second half of the function walks
 * the range again and again until it meets nothing at all, or has just met the last page of the
 * range: that walk is not repeated, and what was refilled behind it stays.
 *
 * Invariants: a page leaves the file only while it is locked and after it is mapped nowhere;
 * pages outside the range are not touched.
 *
 * Upstream: mm/truncate.c
 * Fidelity: faithful for whole pages
 */
#include "model/mm/truncate.h"

#include "model/mm/huge_memory.h"
#include "model/mm/memory.h"
#include "sim/race.h"

/*
 * Upstream: mm/truncate.c:truncate_cleanup_folio
 * Fidelity: simplified: no private data, no dirty accounting
 */
static void truncate_cleanup_folio(struct task *me, struct folio *folio)
{
	if (bug(me, BUG_TRUNCATE_KEEPS_PTES))
		return;
	if (folio_mapped(folio))
		unmap_mapping_folio(me, folio);
}

/*
 * Upstream: mm/truncate.c:truncate_inode_folio
 * Fidelity: faithful
 */
static void truncate_inode_folio(struct task *me, struct address_space *mapping,
				 struct folio *folio)
{
	if (plain_read(me, folio->mapping) != mapping)
		return;
	truncate_cleanup_folio(me, folio);
	filemap_remove_folio(me, folio);
}

/*
 * First pass: whoever holds a folio lock is passed over.
 */
static void truncate_unlocked(struct task *me, struct address_space *mapping, pgoff_t start,
			      pgoff_t end)
{
	struct folio_batch fbatch;
	pgoff_t index = start;

	while (index < end && find_lock_entries(me, mapping, &index, end - 1, &fbatch)) {
		sim_step(me, "truncate_cleanup_folio");
		for (u32 i = 0; i < fbatch.nr; i++)
			truncate_cleanup_folio(me, fbatch.folios[i]);
		sim_step(me, "delete_from_page_cache_batch");
		delete_from_page_cache_batch(me, mapping, &fbatch);
		for (u32 i = 0; i < fbatch.nr; i++)
			folio_unlock(me, fbatch.folios[i]);
		folio_batch_release(me, &fbatch);
		cond_resched(me);
	}
}

/*
 * A folio at one end of the range, which may lie outside in part: then it is split, and if that
 * cannot be done all of it goes, as nobody writes these pages back.
 *
 * Upstream: mm/truncate.c:truncate_inode_partial_folio
 * Fidelity: simplified: ranges are whole pages; uniform split; no dirty folios, which would stay
 */
static void truncate_inode_partial_folio(struct task *me, struct address_space *mapping,
					 struct folio *folio, pgoff_t start, pgoff_t end)
{
	pgoff_t first = max(start, (pgoff_t)folio->index);
	pgoff_t next = min(end, folio_next_index(folio));

	if (folio->index >= start && folio_next_index(folio) <= end) {
		truncate_inode_folio(me, mapping, folio);
		return;
	}
	for (; first < next && !(mapping->flags & AS_INACCESSIBLE); first++)
		cost(me, COST_folio_zero); /* of pages that are about to go */
	if (split_folio(me, folio))
		truncate_inode_folio(me, mapping, folio);
}

/* The folio at one end of the range, if it is there (again): it is waited for at once. */
static void truncate_end_folio(struct task *me, struct address_space *mapping, pgoff_t index,
			       pgoff_t start, pgoff_t end)
{
	struct folio *folio = filemap_lock_folio(me, mapping, index);

	if (IS_ERR(folio))
		return;
	truncate_inode_partial_folio(me, mapping, folio, start, end);
	folio_unlock(me, folio);
	folio_put(me, folio);
}

/*
 * Later passes: wait for each folio lock, one folio at a time, and start over until nothing is
 * left from @start on.
 */
static void truncate_rest(struct task *me, struct address_space *mapping, pgoff_t start,
			  pgoff_t end)
{
	struct folio_batch fbatch;
	pgoff_t index = start;

	while (index < end) {
		cond_resched(me);
		if (!find_get_entries(me, mapping, &index, end - 1, &fbatch)) {
			if (index == start)
				break;
			__atomic_fetch_add(&mapping->truncate_restarts, 1, __ATOMIC_RELAXED);
			index = start;
			continue;
		}
		for (u32 i = 0; i < fbatch.nr; i++) {
			struct folio *folio = fbatch.folios[i];

			sim_step(me, "truncate: folio_lock");
			folio_lock(me, folio);
			sim_step(me, "truncate_inode_folio");
			truncate_inode_folio(me, mapping, folio);
			folio_unlock(me, folio);
		}
		folio_batch_release(me, &fbatch);
	}
}

void truncate_inode_pages_range(struct task *me, struct address_space *mapping, u64 lstart,
				u64 lend)
{
	pgoff_t start = (lstart + PAGE_SIZE - 1) >> PAGE_SHIFT;
	pgoff_t end = lend == UINT64_MAX ? XA_MAX_INDEX : (lend + 1) >> PAGE_SHIFT;

	SIM_FRAME(me);
	if (!xa_find(me, &mapping->i_pages, &(pgoff_t){0}, XA_MAX_INDEX) || start >= end)
		return;
	truncate_unlocked(me, mapping, start, end);
	truncate_end_folio(me, mapping, start, start, end);
	if (end != XA_MAX_INDEX && end - 1 != start)
		truncate_end_folio(me, mapping, end - 1, start, end);
	truncate_rest(me, mapping, start, end);
}

void truncate_inode_pages_final(struct task *me, struct address_space *mapping)
{
	SIM_FRAME(me);
	truncate_inode_pages_range(me, mapping, 0, UINT64_MAX);
}
