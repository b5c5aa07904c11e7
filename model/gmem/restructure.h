/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/gmem/restructure.h - conversion and truncation of files whose folios split and merge, for
 * model/gmem/ and its tests.
 *
 * States of one huge page of the file: all private and whole, or 4K folios (mixed, or all shared).
 * A part that becomes shared splits it, the last part that becomes private merges it.
 *
 * Upstream: virt/kvm/guest_memfd.c (1G work in progress, December 2025; order announced since)
 * Fidelity: faithful; where not, the function says so
 */
#ifndef MODEL_GMEM_RESTRUCTURE_H
#define MODEL_GMEM_RESTRUCTURE_H

#include "model/gmem/inode.h"

/* What a folio in a filemap_get_folios() batch has when nobody else refers to it. */
bool gmem_folio_is_idle(struct task *me, struct folio *folio);

/**
 * gmem_is_safe_for_conversion - has nobody but the page cache a reference to the range?
 * @err_index: written if somebody has
 *
 * Context: invalidate lock held exclusively, host page tables unmapped; may sleep.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_is_safe_for_conversion (in-place v7)
 * Fidelity: faithful: batches of 31, one drain per request, cond_resched() per batch
 */
bool gmem_is_safe_for_conversion(struct task *me, struct gmem_inode *inode, pgoff_t start,
				 u64 nr_pages, pgoff_t *err_index);

/**
 * gmem_arch_invalidate - the architecture gives the pages back to the host.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_invalidate (in-place v7)
 * Fidelity: simplified: the hook itself is empty, as it is for TDX; only the seam is here
 */
void gmem_arch_invalidate(struct task *me, struct gmem_inode *inode, pgoff_t start, pgoff_t end);

/**
 * gmem_has_safe_refcount - the same question as the restructuring tree asks it.
 * @err_index: NULL, or written if somebody has a reference
 *
 * Context: invalidate lock held exclusively.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_has_safe_refcount (WIP)
 * Fidelity: faithful: no drain (its folios never were in an LRU batch), no cond_resched()
 */
bool gmem_has_safe_refcount(struct task *me, struct gmem_inode *inode, pgoff_t start, u64 nr_pages,
			    pgoff_t *err_index);

/**
 * gmem_prepare_truncate - plan: unmap the range from user space, and see that nobody refers to it.
 *
 * Return: 0 or -EAGAIN; nothing has been taken from the guest.
 *
 * Upstream: none (docs/decisions/0009-what-the-plan-leaves-open.md)
 * Fidelity: simplified: a plan, not code
 */
int gmem_prepare_truncate(struct task *me, struct gmem_inode *inode, pgoff_t start, u64 nr_pages);

/**
 * gmem_merge_truncate_range - merge each huge page of the range, then take the range out.
 * @require_merge: fail with -EAGAIN if somebody refers to a page, instead of leaving the pieces to
 * be merged when the last reference goes
 *
 * Context: invalidate lock held exclusively (not needed at eviction); guest mappings are gone.
 * @start and @nr_pages are whole huge pages.
 * Return: 0; -EAGAIN or the merge's error, nothing having been taken out.
 *
 * Upstream: virt/kvm/guest_memfd.c:merge_truncate_range (WIP)
 * Fidelity: faithful
 */
int gmem_merge_truncate_range(struct task *me, struct gmem_inode *inode, pgoff_t start,
			      u64 nr_pages, bool require_merge);

/**
 * gmem_convert_batches - convert [@start, @start + @nr_pages), one huge page of the file at a time.
 * @err_index: written on failure
 *
 * Batches before the one that failed stay converted.
 * Context: invalidate lock held exclusively over all of it; may sleep.
 * Return: 0, -EAGAIN, -ENOMEM; in the WIP kernel also the positive number that its leaf split lets
 * through (bug of that tree).
 *
 * Upstream: virt/kvm/guest_memfd.c:__kvm_gmem_set_attributes (WIP)
 * Fidelity: faithful: no reschedule point between batches
 */
int gmem_convert_batches(struct task *me, struct gmem_inode *inode, pgoff_t start, u64 nr_pages,
			 u64 attrs, pgoff_t *err_index);

#endif
