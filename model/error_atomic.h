/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/error_atomic.h - rule error-atomic: an operation that fails has changed nothing, or has
 * said how far it got.
 *
 * Where a file's invalidate lock is held exclusively nobody else can change attributes, folios or
 * bindings, so a picture taken at the start of such a hold and one at its end differ by what the
 * holder did.  An operation that works in batches, each all or nothing, takes a picture per batch
 * and tells error_atomic_reported() what it reported in the end.  What the guest had in pages that
 * were taken from it is the business of check_content_mark() and check_content_kept().
 *
 * Invariants: a picture costs no time, is no visible operation, and is only taken in checked runs;
 * it looks at no more than ERROR_ATOMIC_FOLIOS folios at each end of the range, where partial work
 * begins and ends, and at all attributes.
 */
#ifndef MODEL_ERROR_ATOMIC_H
#define MODEL_ERROR_ATOMIC_H

#include "model/machine.h"

#define ERROR_ATOMIC_FOLIOS 512

struct gmem_file;
struct gmem_inode;
struct memory_slot;
struct vm;

struct error_atomic {
	/* written by error_atomic_begin() */
	struct gmem_inode *inode; /* NULL: not a checked run */
	pgoff_t start, last;
	u64 version;  /* of the attributes: one more with each store, or a picture of the range */
	u64 folios;   /* which folio of which order is where */
	u64 nr_data;  /* small folios that contain data */
};

/**
 * error_atomic_begin, error_atomic_end - a part of an operation that fails or succeeds as a whole.
 * @what: for the finding, "conversion"
 * @r: 0, or how it failed
 *
 * Context: the invalidate lock held exclusively, without a gap in between.
 */
void __error_atomic_begin(struct error_atomic *ea, struct gmem_inode *inode, pgoff_t start,
			  u64 nr_pages);
void __error_atomic_failed(struct task *me, const struct error_atomic *ea, s64 r,
			   const char *what);

static inline void error_atomic_begin(struct task *me, struct error_atomic *ea,
				      struct gmem_inode *inode, pgoff_t start, u64 nr_pages)
{
	ea->inode = NULL;
	if (machine_of(me)->cfg.checks)
		__error_atomic_begin(ea, inode, start, nr_pages);
}

static inline void error_atomic_end(struct task *me, const struct error_atomic *ea, s64 r,
				    const char *what)
{
	if (unlikely(r) && ea->inode)
		__error_atomic_failed(me, ea, r, what);
}

/**
 * error_atomic_reported - does what a conversion reports agree with the attributes?
 * @err_index: if it failed, the index it reports
 *
 * Success: all of the range has @attrs.  Failure: the index is one of the range, and what lies
 * before its batch (of @batch pages; 0: the range is one) has @attrs.
 * Context: the invalidate lock held exclusively.
 */
void error_atomic_reported(struct task *me, struct gmem_inode *inode, pgoff_t start, u64 nr_pages,
			   u64 batch, u64 attrs, s64 r, pgoff_t err_index);

/**
 * error_atomic_bound - a binding that was made is whole, one that failed has left nothing.
 *
 * Context: the invalidate lock held exclusively.
 */
void error_atomic_bound(struct task *me, struct gmem_file *f, const struct memory_slot *slot,
			pgoff_t start, u64 nr_pages, s64 r);

/**
 * error_atomic_slot - a failed change of memslot @id has left the VM's slots as they were.
 * @old: the slot before, or NULL
 *
 * Context: slots_lock held.
 */
void error_atomic_slot(struct task *me, struct vm *vm, u32 id, const struct memory_slot *old,
		       s64 r);

#endif
