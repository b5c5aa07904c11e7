// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/gmem/restructure.c - conversion where folios follow the attributes: two orders of steps.
 *
 *	hugetlb-wip				hugetlb-plan
 *	prealloc				prealloc
 *	unmap, refcount-scan	to private	unmap, refcount-scan, lru-drain	to private
 *						split		to shared	(can fail)
 *	begin					begin
 *	split-leaves		to shared	split-leaves	to shared	(can fail)
 *	zap, flush				zap, flush	point of no return
 *						arch-invalidate	to shared
 *	end					attr-store
 *	split or merge		(can fail)	end
 *	attr-store				merge		to private
 *
 * Invariants:
 *  - a batch lies inside one huge page of the file, the invalidation around it covers all of that;
 *  - the invalidate lock is held over all batches;
 *  - plan: a batch that fails leaves attributes, folios and guest content as before;
 *  - wip: a batch that fails in split or merge has lost the guest's mappings, and in a TD their
 *    content; and between end and attr-store a fault may still read the old attribute and map what
 *    it means after the conversion.  Both are defects of that tree, kept.
 *
 * Upstream: virt/kvm/guest_memfd.c (WIP), docs/decisions/0009-what-the-plan-leaves-open.md
 * Fidelity: faithful; where not, the function says so
 */
#include "model/gmem/restructure.h"

#include "model/check.h"
#include "model/error_atomic.h"
#include "model/gmem/hugetlb.h"
#include "model/kvm/invalidate.h"
#include "model/locking/locking.h"
#include "model/mm/memory.h"

bool gmem_has_safe_refcount(struct task *me, struct gmem_inode *inode, pgoff_t start, u64 nr_pages,
			    pgoff_t *err_index)
{
	pgoff_t next = start, last = start + nr_pages - 1;
	struct folio_batch fbatch;
	bool safe = true;
	u32 i;

	SIM_FRAME(me);
	sim_step(me, "refcount-scan");
	while (safe && filemap_get_folios(me, &inode->mapping, &next, last, &fbatch)) {
		for (i = 0; safe && i < fbatch.nr; i++) {
			safe = gmem_folio_is_idle(me, fbatch.folios[i]);
			/* The folio may begin below the range. */
			if (!safe && err_index)
				*err_index = fbatch.folios[i]->index;
		}
		folio_batch_release(me, &fbatch);
	}
	return safe;
}

/* To private: nobody in user space maps or refers to the range any more, or -EAGAIN. */
static int gmem_take_from_host(struct task *me, struct gmem_inode *inode, pgoff_t start,
			       u64 nr_pages, pgoff_t *err_index)
{
	bool safe;

	if (bug(me, BUG_SKIP_UNMAP))
		return 0;
	sim_step(me, "unmap");
	unmap_mapping_pages(me, &inode->mapping, start, nr_pages);
	if (gmem_is_wip(inode))
		safe = gmem_has_safe_refcount(me, inode, start, nr_pages, err_index);
	else
		safe = gmem_is_safe_for_conversion(me, inode, start, nr_pages, err_index);
	return safe ? 0 : -EAGAIN;
}

/* Is all of the huge page around @start private, apart from [@start, @end)? */
static bool gmem_rest_is_private(const struct gmem_inode *inode, pgoff_t start, pgoff_t end)
{
	pgoff_t first = round_down(start, gmem_huge_pages(inode));
	pgoff_t after = first + gmem_huge_pages(inode);

	return (start == first ||
		gmem_attributes_range_has(&inode->attributes, first, start - first,
					  MEMORY_ATTRIBUTE_PRIVATE)) &&
	       (end == after || gmem_attributes_range_has(&inode->attributes, end, after - end,
							  MEMORY_ATTRIBUTE_PRIVATE));
}

/*
 * The folio follows the attribute that is about to be stored.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_restructure (WIP)
 * Fidelity: faithful
 */
static int gmem_restructure(struct task *me, struct gmem_inode *inode, pgoff_t start, pgoff_t end,
			    bool to_private, pgoff_t *err_index)
{
	u32 to_order = 0;
	int r;

	if (!inode->page_order)
		return 0;
	if (to_private && gmem_rest_is_private(inode, start, end))
		to_order = inode->page_order;
	sim_step(me, to_order ? "merge" : "split");
	r = gmem_hugetlb_try_restructure_folio(me, inode, round_down(start, gmem_huge_pages(inode)),
					       to_order);
	if (r)
		*err_index = start;
	return r;
}

/*
 * A merged folio has one PG_uptodate, its first page's.  If some pieces have content, those without
 * are cleared now: else they would be shown as they are, or the others cleared later.
 *
 * Context: invalidate lock held exclusively: nobody brings a piece up to date meanwhile.
 */
static void gmem_even_out(struct task *me, struct gmem_inode *inode, pgoff_t first)
{
	pgoff_t next = first, last = first + gmem_huge_pages(inode) - 1;
	struct folio_batch fbatch;
	u64 nr = 0, nr_uptodate = 0;
	u32 i;

	while (filemap_get_folios(me, &inode->mapping, &next, last, &fbatch)) {
		for (i = 0; i < fbatch.nr; i++, nr++)
			nr_uptodate += folio_test(fbatch.folios[i], PG_uptodate);
		folio_batch_release(me, &fbatch);
	}
	if (!nr_uptodate || nr_uptodate == nr)
		return;
	sim_step(me, "zero before merge");
	for (next = first; filemap_get_folios(me, &inode->mapping, &next, last, &fbatch);) {
		for (i = 0; i < fbatch.nr; i++) {
			folio_lock(me, fbatch.folios[i]);
			gmem_zero_folio(me, inode, fbatch.folios[i]);
			folio_unlock(me, fbatch.folios[i]);
		}
		folio_batch_release(me, &fbatch);
		cond_resched(me);
	}
}

/*
 * Plan: merge the huge page around @index if every index of it is private now.  If somebody refers
 * to a piece it stays as it is, which costs speed and nothing else, until it is converted again.
 */
static void gmem_merge_if_private(struct task *me, struct gmem_inode *inode, pgoff_t index)
{
	pgoff_t first = round_down(index, gmem_huge_pages(inode));
	int r;

	if (!inode->page_order || !gmem_rest_is_private(inode, first, first))
		return;
	gmem_even_out(me, inode, first);
	sim_step(me, "merge");
	r = gmem_hugetlb_try_restructure_folio(me, inode, first, inode->page_order);
	SIM_ASSERT(!r || r == -EAGAIN);
}

/*
 * One batch in the order of the December 2025 tree.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_convert (WIP)
 * Fidelity: faithful
 */
static int gmem_convert_wip(struct task *me, struct gmem_inode *inode, pgoff_t start, u64 nr_pages,
			    struct attr_update *up, bool to_private, pgoff_t *err_index)
{
	pgoff_t begin = round_down(start, gmem_huge_pages(inode));
	pgoff_t end = round_up(start + nr_pages, gmem_huge_pages(inode));
	int r;

	if (to_private) {
		r = gmem_take_from_host(me, inode, start, nr_pages, err_index);
		if (r)
			return r;
	}
	gmem_open_invalidation(me, inode, begin, end);
	if (!to_private) {
		r = gmem_split_private(me, inode, start, start + nr_pages);
		if (r) {
			*err_index = start;
			gmem_invalidate_end(me, inode, begin, end);
			return r;
		}
	}
	gmem_zap(me, inode, start, start + nr_pages,
		 gmem_invalidate_filter(inode, start, start + nr_pages));
	if (!bug(me, BUG_MISSING_END))
		gmem_invalidate_end(me, inode, begin, end);

	/* The guest has lost its mappings, and this may fail. */
	r = gmem_restructure(me, inode, start, start + nr_pages, to_private, err_index);
	if (r)
		return r;
	/* Too late: from end on faults go by the old attribute until this. */
	sim_step(me, "attr-store");
	gmem_attributes_store(me, up);
	return 0;
}

/*
 * What changes is zapped.  The others look at what there is: converting a range that is partly
 * private already takes the private leaves, too, and in a TD what is in those pages.  (A VM without
 * mirror has both kinds in one page table, where the filter makes no difference.)
 */
static u32 gmem_plan_filter(bool to_private)
{
	return to_private ? FILTER_SHARED : FILTER_PRIVATE;
}

/*
 * One batch in the order announced on 6 January 2026: all that can fail comes before the zap.
 *
 * Upstream: none yet (docs/decisions/0009-what-the-plan-leaves-open.md)
 * Fidelity: simplified: a plan, not code
 */
static int gmem_convert_plan(struct task *me, struct gmem_inode *inode, pgoff_t start, u64 nr_pages,
			     struct attr_update *up, bool to_private, pgoff_t *err_index)
{
	pgoff_t begin = round_down(start, gmem_huge_pages(inode));
	pgoff_t end = round_up(start + nr_pages, gmem_huge_pages(inode));
	int r;

	if (to_private)
		r = gmem_take_from_host(me, inode, start, nr_pages, err_index);
	else
		r = gmem_restructure(me, inode, start, start + nr_pages, false, err_index);
	if (r)
		return r;

	gmem_piece_begin(me, inode, begin, end);
	r = to_private ? 0 : gmem_split_private(me, inode, start, start + nr_pages);
	if (r) {
		*err_index = start;
		gmem_piece_end(me, inode, begin, end);
		gmem_merge_if_private(me, inode, start);
		return r;
	}
	/* The point of no return. */
	gmem_zap(me, inode, start, start + nr_pages, gmem_plan_filter(to_private));
	if (!to_private)
		gmem_arch_invalidate(me, inode, start, start + nr_pages);
	sim_step(me, "attr-store");
	if (!bug(me, BUG_ATTR_LATE))
		gmem_attributes_store(me, up);
	if (!bug(me, BUG_MISSING_END))
		gmem_piece_end(me, inode, begin, end);
	if (bug(me, BUG_ATTR_LATE))
		gmem_attributes_store(me, up);
	if (to_private)
		gmem_merge_if_private(me, inode, start);
	return 0;
}

/*
 * It split a folio outside of the page cache, and putting it back needs the memory that was short
 * a moment ago; a failure was warned about, and the folio was gone.
 */
static void gmem_rollback_fails(struct task *me, struct gmem_inode *inode, pgoff_t failed)
{
	struct folio *folio = filemap_lock_folio(me, &inode->mapping, failed);

	if (IS_ERR(folio))
		return;
	filemap_remove_folio(me, folio);
	folio_unlock(me, folio);
	folio_put(me, folio);
}

static int gmem_convert(struct task *me, struct gmem_inode *inode, pgoff_t start, u64 nr_pages,
			u64 attrs, pgoff_t *err_index)
{
	bool to_private = attrs & MEMORY_ATTRIBUTE_PRIVATE;
	u64 mark = check_content_mark(me);
	struct error_atomic ea;
	struct attr_update up;
	int r;

	SIM_FRAME(me);
	error_atomic_begin(me, &ea, inode, start, nr_pages);
	sim_step(me, "prealloc");
	r = gmem_attributes_prealloc(me, &inode->attributes, start, nr_pages, attrs, &up);
	if (r) {
		*err_index = start;
		return r;
	}
	if (gmem_is_wip(inode) || bug(me, BUG_RESTRUCTURE_LATE) || bug(me, BUG_ROLLBACK_FAILS))
		r = gmem_convert_wip(me, inode, start, nr_pages, &up, to_private, err_index);
	else
		r = gmem_convert_plan(me, inode, start, nr_pages, &up, to_private, err_index);
	if (r) {
		gmem_attributes_destroy(&up);
	} else {
		livelock_progress(&inode->conversion);
		machine_note_converted(inode->machine, nr_pages);
	}
	if (r && bug(me, BUG_ROLLBACK_FAILS))
		gmem_rollback_fails(me, inode, start);
	check_content_kept(me, mark, r, "conversion");
	error_atomic_end(me, &ea, r, "conversion");
	return r;
}

/*
 * The second RFC undid a conversion that failed, from the failed huge page down to the first one.
 * Its loop ends when the index is below the first one, which nothing is if that is 0.
 */
static void gmem_rollback_underflow(struct task *me, struct gmem_inode *inode, pgoff_t first,
				    pgoff_t failed)
{
	pgoff_t index;

	for (index = failed; index >= first; index -= gmem_huge_pages(inode)) {
		if (index > failed) {
			sim_finding(me->sim, me, "livelock", "rollback passes index 0 and goes on");
			return;
		}
		gmem_merge_if_private(me, inode, index);
	}
}

int gmem_convert_batches(struct task *me, struct gmem_inode *inode, pgoff_t start, u64 nr_pages,
			 u64 attrs, pgoff_t *err_index)
{
	pgoff_t first = start, end = start + nr_pages, batch_end;
	u64 batch = inode->page_order ? gmem_huge_pages(inode) : gmem_size_pages(inode);
	int r = 0;

	SIM_FRAME(me);
	for (; start < end && !r; start = batch_end) {
		batch_end = min(round_up(start + 1, batch), end);
		r = gmem_convert(me, inode, start, batch_end - start, attrs, err_index);
		if (r && bug(me, BUG_ROLLBACK_UNDERFLOW))
			gmem_rollback_underflow(me, inode, first, start);
	}
	return r;
}
