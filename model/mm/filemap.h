/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/mm/filemap.h - struct address_space: the pages of a file, and who maps it.
 *
 * Lock order (mm/filemap.c): invalidate_lock -> i_mmap_rwsem -> ptlock -> xa_lock;
 * invalidate_lock -> folio lock; mmap_lock -> invalidate_lock (faults).
 *
 * Invariants:
 *  A1 A folio found at index i of i_pages has mapping == this and covers i, and one reference for
 *     the page cache for each of its pages; nrpages counts them.  One multi-index entry covers all
 *     of a folio, except while the folio is being split or merged.
 *  A2 Who looks up without a lock takes a reference and looks again (the slot may have changed).
 *  A3 Who locks a folio it looked up tests folio->mapping before believing in it.
 *
 * Upstream: include/linux/fs.h:struct address_space, mm/filemap.c
 * Fidelity: faithful in the order of steps; i_mmap is a list; no shadow entries, no writeback
 */
#ifndef MODEL_MM_FILEMAP_H
#define MODEL_MM_FILEMAP_H

#include "model/mm/folio.h"
#include "model/mm/xarray.h"
#include "sim/rwsem.h"

#define AS_UNEVICTABLE	BIT(0)
#define AS_INACCESSIBLE BIT(1)

struct address_space {
	/* constant */
	struct machine *machine;
	void *host;	   /* the inode it belongs to */
	u32 owner;	   /* whose content its pages have */
	u32 flags;	   /* AS_* */
	u32 obj;

	struct rw_semaphore invalidate_lock;
	struct rw_semaphore i_mmap_rwsem;
	struct xarray i_pages;

	/* protected by i_mmap_rwsem */
	struct list_head i_mmap; /* struct vm_area_struct, by age */

	/* written under i_pages.xa_lock */
	u64 nrpages;

	/* accumulated by truncation; atomic */
	u64 truncate_restarts; /* how often a range had been refilled and was walked again */

	struct sim_life *host_life; /* of the inode, which this is part of */

	/* constant; the file system's answer to a memory error in a locked folio: enum mf_result */
	int (*error_remove_folio)(struct task *me, struct address_space *mapping,
				  struct folio *folio);

	/* set-up time; told about each folio that leaves, with the folio lock held or frozen */
	void (*free_folio)(struct task *me, struct folio *folio);
};

void address_space_init(struct machine *m, struct address_space *mapping, void *host, u32 flags);

/* At rest or unreachable; the pages must be gone. */
void address_space_fini(struct address_space *mapping);

/* --- the invalidate lock --- */
void filemap_invalidate_lock(struct task *me, struct address_space *mapping);
void filemap_invalidate_unlock(struct task *me, struct address_space *mapping);
void filemap_invalidate_lock_shared(struct task *me, struct address_space *mapping);
void filemap_invalidate_unlock_shared(struct task *me, struct address_space *mapping);
bool filemap_invalidate_trylock_shared(struct task *me, struct address_space *mapping);

/* --- lookup --- */

enum fgf { FGP_LOCK = BIT(1), FGP_CREAT = BIT(2), FGP_NOWAIT = BIT(5) };

/**
 * __filemap_get_folio - look up, lock, create, as @fgp says.
 *
 * Upstream: mm/filemap.c:__filemap_get_folio
 * Fidelity: faithful (lookup with try_get and recheck; lock, then recheck mapping; insertion that
 * loses a race starts over); FGP_NOWAIT means trylock
 * Fail sites: "folio_alloc", "xa_node".
 * Return: the folio with a reference (locked with FGP_LOCK or when created), or ERR_PTR(-ENOENT),
 * -EAGAIN (FGP_NOWAIT), -ENOMEM.
 */
struct folio *__filemap_get_folio(struct task *me, struct address_space *mapping, pgoff_t index,
				  u32 fgp);

static inline struct folio *filemap_get_folio(struct task *me, struct address_space *mapping,
					      pgoff_t index)
{
	return __filemap_get_folio(me, mapping, index, 0);
}

static inline struct folio *filemap_lock_folio(struct task *me, struct address_space *mapping,
					       pgoff_t index)
{
	return __filemap_get_folio(me, mapping, index, FGP_LOCK);
}

/**
 * filemap_get_folios - up to 31 folios of [*@start, @end], each with a reference.
 *
 * Upstream: mm/filemap.c:filemap_get_folios
 * Fidelity: faithful
 * Return: how many; *@start is where to go on.
 */
u32 filemap_get_folios(struct task *me, struct address_space *mapping, pgoff_t *start, pgoff_t end,
		       struct folio_batch *fbatch);

/**
 * find_get_entries - the same for truncation: *@start stays where it is if there is nothing.
 *
 * Upstream: mm/filemap.c:find_get_entries
 * Fidelity: faithful
 */
u32 find_get_entries(struct task *me, struct address_space *mapping, pgoff_t *start, pgoff_t end,
		     struct folio_batch *fbatch);

/**
 * find_lock_entries - those of up to 31 that can be locked at once; the others are skipped.
 *
 * Upstream: mm/filemap.c:find_lock_entries
 * Fidelity: faithful
 */
u32 find_lock_entries(struct task *me, struct address_space *mapping, pgoff_t *start, pgoff_t end,
		      struct folio_batch *fbatch);

/**
 * filemap_range_has_page - is anything cached in the pages [@start, @end]?
 */
bool filemap_range_has_page(struct task *me, struct address_space *mapping, pgoff_t start,
			    pgoff_t end);

/* --- insertion and removal --- */

/**
 * filemap_add_folio - insert a new folio, locked, with the page cache's own reference, and hand it
 * to the LRU batch.
 *
 * Upstream: mm/filemap.c:filemap_add_folio, __filemap_add_folio
 * Fidelity: faithful
 * Return: 0, -EEXIST, or -ENOMEM (then the folio is unlocked and as before).
 */
int filemap_add_folio(struct task *me, struct address_space *mapping, struct folio *folio,
		      pgoff_t index);

/**
 * __filemap_add_folio - the same for a folio that its caller has locked, without the LRU.
 * @index: aligned to the folio's size
 *
 * Upstream: mm/filemap.c:__filemap_add_folio
 * Fidelity: simplified: no memory cgroup charge
 * Fail site: "xa_node".
 * Return: 0, -EEXIST if any index of the folio's range is taken, or -ENOMEM.
 */
int __filemap_add_folio(struct task *me, struct address_space *mapping, struct folio *folio,
			pgoff_t index);

/**
 * filemap_remove_folio - take a locked folio out and drop the page cache's reference.
 *
 * Upstream: mm/filemap.c:filemap_remove_folio
 * Fidelity: faithful
 */
void filemap_remove_folio(struct task *me, struct folio *folio);

/**
 * delete_from_page_cache_batch - take out up to 31 locked folios, in index order, in one xa_lock
 * section.
 *
 * Upstream: mm/filemap.c:delete_from_page_cache_batch
 * Fidelity: faithful
 */
void delete_from_page_cache_batch(struct task *me, struct address_space *mapping,
				  struct folio_batch *fbatch);

/**
 * filemap_speculative_ref - hold a transient reference to the folio at @index for @hold_ns.
 *
 * Return: 0, or -ENOENT if there was none.
 */
int filemap_speculative_ref(struct task *me, struct address_space *mapping, pgoff_t index,
			    sim_ns hold_ns);

/**
 * filemap_check - A1 over the whole file, at rest.
 *
 * Return: number of violations, each recorded as a finding.
 */
u32 filemap_check(struct address_space *mapping);

#endif
