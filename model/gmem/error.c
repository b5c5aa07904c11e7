// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/gmem/error.c - memory errors in pages of a guest_memfd.
 *
 * The page leaves the guests and stays in the file, poisoned: what becomes of it is user space's
 * decision.  Guest faults answer -EHWPOISON from then on, host faults SIGBUS; a hole rids the file
 * of it.
 *
 * Invariant: begin and end are balanced, since the invalidate lock, though only shared, keeps the
 * bindings as they are.
 *
 * Upstream: virt/kvm/guest_memfd.c
 * Fidelity: faithful
 */
#include "model/gmem/inode.h"

#include "model/locking/locking.h"
#include "model/mm/memory_failure.h"

int gmem_error_folio(struct task *me, struct address_space *mapping, struct folio *folio)
{
	struct gmem_inode *inode = mapping->host;
	pgoff_t start = folio->index, end = start + folio_nr_pages(folio);
	struct gmem_hold hold;

	SIM_FRAME(me);
	/* The folio lock keeps it where it is. */
	gmem_lock_shared(me, inode, start, end, &hold);
	gmem_invalidate_begin(me, inode, start, end, gmem_invalidate_filter(inode, start, end));
	/* Not truncated: that would hide the loss. */
	gmem_invalidate_end(me, inode, start, end);
	gmem_unlock_shared(me, &hold);
	return MF_DELAYED;
}
