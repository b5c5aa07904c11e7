// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/locking/range.c - locking = range: a lock of ranges of indices instead of the file's.
 *
 * Changes and faults of different huge pages do not wait for each other.  What they still share is
 * the VM's: mmu_lock, mmu_invalidate_seq, the one range of all open invalidations.
 *
 * Invariants:
 *  - a range begins and ends with a huge page of the file (K2);
 *  - the file as a whole is the range of all indices, so bindings, which are found by range, still
 *    change with nobody inside (K3);
 *  - fair: a change of a long range that waits keeps later faults of that range out (L4 of
 *    sim/range_lock.h), and no stream of faults keeps it waiting.
 *
 * Upstream: none (proposed on the list in January 2026: "lock by ranges of indices")
 * Fidelity: simplified: a design under review
 */
#include "model/locking/locking.h"

static struct range_lock *range_of(const struct gmem_inode *inode)
{
	return inode->locking_data;
}

static int range_init(struct task *me, struct gmem_inode *inode)
{
	inode->locking_data = sim_zalloc(me->sim, sizeof(struct range_lock));
	range_lock_init(me->sim, range_of(inode), "mapping.invalidate_range", LOCKC_STEPS);
	range_lock_tree_cost(me->sim, range_of(inode), "range_lock_tree.lock",
			     &inode->machine->cfg.costs.dist[COST_range_tree]);
	return 0;
}

static int range_take(struct task *me, struct gmem_hold *h, enum lock_mode mode, enum park_how how)
{
	pgoff_t pages = bug(me, BUG_RANGE_UNALIGNED) ? 1 : gmem_huge_pages(h->inode);

	return range_lock(me, range_of(h->inode), &h->request, round_down(h->start, pages),
			  round_up(h->end, pages) - 1, mode, how);
}

static int range_change(struct task *me, struct gmem_hold *h, enum park_how how)
{
	return range_take(me, h, LOCK_WRITE, how);
}

static int range_shared(struct task *me, struct gmem_hold *h, enum park_how how)
{
	return range_take(me, h, LOCK_READ, how);
}

static void range_file(struct task *me, struct gmem_hold *h)
{
	range_lock(me, range_of(h->inode), &h->request, 0, GMEM_INDEX_MAX, LOCK_WRITE, PARK_SLEEP);
}

static void range_release(struct task *me, struct gmem_hold *h)
{
	range_unlock(me, range_of(h->inode), &h->request);
}

const struct gmem_locking_ops gmem_locking_range = {
	.name = "range",
	.help = "a fair lock of ranges of indices, whole huge pages",
	.lock_class = "mapping.invalidate_range",
	.parallel = true,
	.init = range_init,
	.lock = range_change,
	.unlock = range_release,
	.lock_file = range_file,
	.unlock_file = range_release,
	.lock_shared = range_shared,
	.unlock_shared = range_release,
	.fault_begin = range_shared,
	.fault_retry = file_fault_retry,
	.fault_end = range_release,
};
