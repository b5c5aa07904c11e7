/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/mm/truncate.h - removing a range of pages from a file.
 *
 * Upstream: mm/truncate.c
 * Fidelity: faithful for whole pages
 */
#ifndef MODEL_MM_TRUNCATE_H
#define MODEL_MM_TRUNCATE_H

#include "model/mm/filemap.h"

/**
 * truncate_inode_pages_range - remove the pages of bytes [@lstart, @lend] (@lend inclusive, or
 * UINT64_MAX for all), unmapping each from user space first.
 *
 * The first pass skips locked folios.  Later passes wait for them, and start over until a walk
 * finds nothing or ends with the last page: who refills the range meanwhile makes this last without
 * a bound from its size, and may find pages in it afterwards.
 *
 * Upstream: mm/truncate.c:truncate_inode_pages_range
 * Fidelity: faithful for whole pages (partial head and tail pages are not modelled)
 * Context: may sleep; usually under invalidate_lock exclusively.
 */
void truncate_inode_pages_range(struct task *me, struct address_space *mapping, u64 lstart,
				u64 lend);

/**
 * truncate_inode_pages_final - all of it, at eviction.
 */
void truncate_inode_pages_final(struct task *me, struct address_space *mapping);

#endif
