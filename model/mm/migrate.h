/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/mm/migrate.h - who wants to move pages: migration and compaction.
 *
 * Upstream: mm/migrate.c, mm/compaction.c
 * Fidelity: simplified: see the functions
 */
#ifndef MODEL_MM_MIGRATE_H
#define MODEL_MM_MIGRATE_H

#include "model/mm/filemap.h"

/**
 * migrate_folio - isolate, lock, unmap, move, put back: as move_pages(2) does with one page.
 *
 * Upstream: mm/migrate.c:do_pages_move, migrate_pages_batch, migrate_folio_unmap,
 *	     move_to_new_folio
 * Fidelity: simplified: PTEs are cleared instead of replaced by migration entries (who faults waits
 * for the folio lock either way; after a refusal he has to fault once more); only mappings that
 * are marked inaccessible exist here, and these are refused where upstream does: after the unmap;
 * -EAGAIN is not tried again (upstream: ten times)
 * Fail site: "migrate_dst".
 * Context: a reference to the folio, which this consumes; may sleep.
 * Return: -EBUSY (on no LRU list), -ENOMEM, 0 (truncated meanwhile), -EAGAIN (that, and somebody
 * refers to it), -EOPNOTSUPP (refused).
 */
int migrate_folio(struct task *me, struct folio *folio);

/**
 * isolate_migratepages_block - compaction looks at @nr frames: which could be moved?
 *
 * Upstream: mm/compaction.c:isolate_migratepages_block
 * Fidelity: simplified: one folio at a time, no lru_lock, CONFIG_COMPACT_UNEVICTABLE_DEFAULT = 1,
 * pages are put back at once
 * Context: no reference to the frames; may sleep.
 * Return: how many were isolated.
 */
s64 isolate_migratepages_block(struct task *me, const pfn_t *pfns, u64 nr);

#endif
