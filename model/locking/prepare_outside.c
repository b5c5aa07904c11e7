// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/locking/prepare_outside.c - locking = prepare-outside: the file's lock, held for less.
 *
 * What a change has to wait for, and what it needs memory for, is seen to before the lock is taken:
 *
 *	to private	the range leaves the host's page tables; who still refers to a page is
 *			waited for, with one drain of the LRU batches, PREPARE_TRIES times
 *	to shared	the struct pages of huge pages that will be split are allocated
 *	punch		the range leaves the host's page tables
 *
 * Invariants: nothing that is found out here is believed inside: a page may be mapped and referred
 * to again by the time the lock is had.  The same steps are done there, and find little to do.
 * What the guest has is not touched: the zap is the point of no return, and stays inside.
 *
 * Upstream: none
 * Fidelity: simplified: a design under review
 */
#include "model/gmem/restructure.h"

#include "model/locking/locking.h"
#include "model/mm/hugetlb_vmemmap.h"
#include "model/mm/lru.h"
#include "model/mm/memory.h"

/*
 * As long as a fault takes to let its reference go, and no longer: the guest goes on faulting, and
 * who waits for a moment without faults waits for ever (a tick was tried, and is too long).
 */
#define PREPARE_TRIES 3
#define PREPARE_WAIT_NS (10 * NSEC_PER_US)

/* Somebody refers to a page of the range; NULL: nobody does. */
static bool range_is_idle(struct task *me, struct gmem_inode *inode, pgoff_t start, pgoff_t end,
			  bool *batched)
{
	struct folio_batch fbatch;
	bool idle = true;

	*batched = false;
	while (idle && start < end &&
	       filemap_get_folios(me, &inode->mapping, &start, end - 1, &fbatch)) {
		for (u32 i = 0; idle && i < fbatch.nr; i++) {
			idle = gmem_folio_is_idle(me, fbatch.folios[i]);
			*batched = !idle && folio_may_be_lru_cached(fbatch.folios[i]);
		}
		folio_batch_release(me, &fbatch);
		cond_resched(me);
	}
	return idle;
}

static void wait_for_references(struct task *me, struct gmem_inode *inode,
				const struct gmem_change *change)
{
	bool batched;

	if (range_is_idle(me, inode, change->start, change->end, &batched))
		return;
	if (batched)
		lru_add_drain_all(me);
	for (u32 i = 0; i < PREPARE_TRIES; i++) {
		if (range_is_idle(me, inode, change->start, change->end, &batched) ||
		    signal_pending(me))
			return;
		sim_sleep(me, PREPARE_WAIT_NS);
	}
}

/*
 * How many huge pages of the range are whole now, and have no struct pages of their own.  What
 * there is to see belongs to who holds the file's lock, so that is taken shared for the look.
 */
static u64 nr_folded(struct task *me, struct gmem_inode *inode, const struct gmem_change *change)
{
	u64 pages = gmem_huge_pages(inode), nr = 0;
	struct gmem_hold hold;
	pgoff_t index;

	gmem_lock_shared(me, inode, change->start, change->end, &hold);
	for (index = round_down(change->start, pages); index < change->end; index += pages) {
		const struct folio *folio = xa_load(me, &inode->mapping.i_pages, index);

		nr += folio && folio_test_large(folio) &&
		      folio_test_hugetlb_vmemmap_optimized(folio);
	}
	gmem_unlock_shared(me, &hold);
	return nr;
}

/* Struct pages of these huge pages, for the splits that may come. */
static int allocate_vmemmap(struct task *me, struct gmem_inode *inode,
			    const struct gmem_change *change)
{
	int r = 0;

	for (u64 nr = nr_folded(me, inode, change); nr && !r; nr--)
		r = hugetlb_vmemmap_prealloc(me, inode->page_order);
	return r;
}

static bool is_done_already(struct task *me, struct gmem_inode *inode,
			    const struct gmem_change *change)
{
	u64 attrs = change->to_private ? MEMORY_ATTRIBUTE_PRIVATE : 0;
	pgoff_t index = change->start;

	while (index < change->end) {
		struct attr_run run = gmem_attributes_load_run(me, &inode->attributes, index);

		if (run.attributes != attrs)
			return false;
		index = run.last + 1;
	}
	return true;
}

static int prepare(struct task *me, struct gmem_inode *inode, struct gmem_change *change)
{
	SIM_FRAME(me);
	if (change->kind == GMEM_CONVERT && is_done_already(me, inode, change))
		return 0;
	if (change->kind == GMEM_PUNCH || change->to_private)
		unmap_mapping_pages(me, &inode->mapping, change->start,
				    change->end - change->start);
	if (change->kind == GMEM_CONVERT && change->to_private)
		wait_for_references(me, inode, change);
	else if (change->kind == GMEM_CONVERT && inode->page_order)
		return allocate_vmemmap(me, inode, change);
	return 0;
}

static void unprepare(struct task *me, struct gmem_inode *inode, struct gmem_change *change)
{
	hugetlb_vmemmap_prealloc_free(me);
}

static const char *prepare_refuse(enum kernel_design kernel, u64 argument)
{
	if (kernel == KERNEL_MAINLINE)
		return "files of that kernel are not converted, there is nothing to prepare; use "
		       "file";
	return NULL;
}

const struct gmem_locking_ops gmem_locking_prepare_outside = {
	.name = "prepare-outside",
	.help = "waits and allocations before the file's lock is taken",
	.lock_class = "mapping.invalidate_lock",
	.refuse = prepare_refuse,
	.lock = file_lock,
	.unlock = file_unlock,
	.lock_file = file_lock_file,
	.unlock_file = file_unlock,
	.lock_shared = file_lock_shared,
	.unlock_shared = file_unlock_shared,
	.fault_begin = file_lock_shared,
	.fault_retry = file_fault_retry,
	.fault_end = file_unlock_shared,
	.prepare = prepare,
	.unprepare = unprepare,
};
