// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/locking/chunk.c - locking = chunk:SIZE: the file's lock, released after every SIZE of a
 * conversion, a hole or an allocation.
 *
 * Invariants: a hold ends at a multiple of SIZE, so that neighbouring calls cut at the same places;
 * each hold is a whole operation on its part of the range (K5), with its own begin and end of an
 * invalidation.  Between two holds the rest of the range is what it was: a fault there is no race,
 * but as early as one that came before the call.
 *
 * What of a huge page can be changed by itself can also be cut: a conversion of a part of one
 * splits its folio in the first hold and leaves a mixed huge page until the last.  A hole is made
 * of whole huge pages, and so are its holds.
 *
 * Upstream: none (what the guest's 2 MiB pieces of MapGPA do from outside)
 * Fidelity: simplified: a design under review
 */
#include "model/locking/locking.h"

pgoff_t chunk_cut(const struct gmem_inode *inode, const struct gmem_change *change, pgoff_t end)
{
	u64 pages = inode->machine->cfg.locking_arg >> PAGE_SHIFT;

	if (change->kind != GMEM_CONVERT)
		pages = round_up(pages, gmem_huge_pages(inode));
	return min(change->start - change->start % pages + pages, end);
}

const struct gmem_locking_ops gmem_locking_chunk = {
	.name = "chunk",
	.argument = "SIZE",
	.help = "chunk:SIZE: the file's lock, given up after every SIZE",
	.lock_class = "mapping.invalidate_lock",
	.lock = file_lock,
	.unlock = file_unlock,
	.lock_file = file_lock_file,
	.unlock_file = file_unlock,
	.lock_shared = file_lock_shared,
	.unlock_shared = file_unlock_shared,
	.fault_begin = file_lock_shared,
	.fault_retry = file_fault_retry,
	.fault_end = file_unlock_shared,
	.cut = chunk_cut,
};
