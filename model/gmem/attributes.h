/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/gmem/attributes.h - which index of a guest_memfd is private: a tree of runs.
 *
 * A persistent search tree of runs [start, next run's start).  A store builds the new version
 * beside the old one (all allocation happens there, and can fail), then publishes its root with
 * one pointer store.  Replaced nodes die after a grace period.
 *
 * Invariants:
 *  A1 every index of the file is in exactly one run, from creation on
 *  A2 neighbouring runs differ: a store is widened over equal neighbours before it is prepared
 *  A3 a reader sees for each index the value before or after a store, never "no entry"
 *  A4 a published node never changes
 * A tree without "rcu" is edited in place: A3 and A4 then hold only for holders of the external
 * lock.  Kernels whose tree lacks MT_FLAGS_USE_RCU have that.
 *
 * Upstream: the gmem_inode's maple tree (MT_FLAGS_LOCK_EXTERN | MT_FLAGS_USE_RCU)
 * Fidelity: simplified: one pointer publishes a whole store (who reads a single index cannot tell),
 * nodes hold one run instead of sixteen
 */
#ifndef MODEL_GMEM_ATTRIBUTES_H
#define MODEL_GMEM_ATTRIBUTES_H

#include "model/machine.h"
#include "model/types.h"
#include "sim/spinlock.h"

struct attr_node;

/* A maximal stretch of indices with equal attributes. */
struct attr_run {
	/* written by gmem_attributes_run() */
	pgoff_t start;
	pgoff_t last;
	u64 attributes;
};

struct gmem_attributes {
	/* constant after init */
	struct sim *sim;
	u32 id; /* object number */
	pgoff_t size_pages;
	bool rcu; /* MT_FLAGS_USE_RCU; written by whoever initialises the tree */
	/* written under the external lock (invalidate_lock, exclusive), read under RCU */
	struct attr_node *root;
	/* protected by the external lock, exclusive */
	u32 version;
	u32 nr_runs;
	/* where stores of different ranges can meet (see gmem_attributes_make_parallel()) */
	bool parallel; /* constant after that */
	struct spinlock ma_lock; /* serialises stores */
	struct attr_dead *kept; /* protected by ma_lock; threads only */
};

/* A prepared store: complete, but not published. */
struct attr_update {
	/* written by the task that prepares; it holds the external lock exclusively */
	struct gmem_attributes *attrs;
	struct attr_node *root;
	struct attr_dead *dead; /* nodes of the old version that the new one does not use */
	u32 nr_runs;
	/* of a parallel tree, which is looked at when the store is made */
	pgoff_t start;
	u64 nr_pages, value;
};

/**
 * gmem_attributes_init - cover [0, size_pages) with one run.
 *
 * Return: 0 or -ENOMEM.
 */
int gmem_attributes_init(struct sim *sim, struct gmem_attributes *attrs, pgoff_t size_pages,
			 u64 value);
void gmem_attributes_finish(struct gmem_attributes *attrs);

/**
 * gmem_attributes_make_parallel - the external lock is one of ranges: stores of different ranges
 * can be under way at once.
 *
 * A prepared store then is memory enough for any tree, and looks at the tree under ma_lock when it
 * is published.  Who holds a range shared or exclusively reads it as ever, others under RCU.
 * Context: nobody else knows of the tree yet.
 *
 * Upstream: none (MT_FLAGS_USE_RCU, and the maple tree's own ma_lock instead of an external one)
 * Fidelity: simplified: a design under review
 */
void gmem_attributes_make_parallel(struct sim *sim, struct gmem_attributes *attrs);

/* A number that differs, but for bad luck, if [@start, @last] has other attributes. */
u64 gmem_attributes_picture(const struct gmem_attributes *attrs, pgoff_t start, pgoff_t last);

/**
 * gmem_attributes_load - the attributes of one index, without a lock.
 *
 * Context: any; a value may be stale as soon as it is returned, so the caller rechecks (fault
 * path: invalidation sequence under mmu_lock) or holds the external lock.
 *
 * Upstream: lib/maple_tree.c:mtree_load
 * Fidelity: faithful
 */
u64 gmem_attributes_load(struct task *me, struct gmem_attributes *attrs, pgoff_t index);

/**
 * gmem_attributes_load_run - the run that contains @index, without a lock: as stale as
 * gmem_attributes_load().
 *
 * Upstream: lib/maple_tree.c:mt_find, as kvm_gmem_range_has_attributes() uses it without a lock
 * Fidelity: faithful
 */
struct attr_run gmem_attributes_load_run(struct task *me, struct gmem_attributes *attrs,
					 pgoff_t index);

/**
 * gmem_attributes_run - the run that contains @index.
 *
 * Context: the external lock is held, or nothing runs.
 */
struct attr_run gmem_attributes_run(const struct gmem_attributes *attrs, pgoff_t index);

/**
 * gmem_attributes_range_has - do all of [start, start + nr_pages) have exactly @value?
 *
 * Context: the external lock is held.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_range_has_attributes (in-place v7)
 * Fidelity: faithful
 */
bool gmem_attributes_range_has(const struct gmem_attributes *attrs, pgoff_t start, u64 nr_pages,
			       u64 value);

/**
 * gmem_attributes_prealloc - prepare the store of @value over [start, start + nr_pages).
 *
 * Context: the external lock is held exclusively; may sleep.
 * Return: 0, then the update is given to _store() or _destroy(); or -ENOMEM.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_mas_preallocate (in-place v7)
 * Fidelity: faithful (fail site "attr_prealloc")
 */
int gmem_attributes_prealloc(struct task *me, struct gmem_attributes *attrs, pgoff_t start,
			     u64 nr_pages, u64 value, struct attr_update *up);

/**
 * gmem_attributes_store - publish a prepared store; cannot fail.
 *
 * Context: the external lock is held exclusively.
 *
 * Upstream: lib/maple_tree.c:mas_store_prealloc
 * Fidelity: faithful
 */
void gmem_attributes_store(struct task *me, struct attr_update *up);

/**
 * gmem_attributes_destroy - drop a prepared store.
 *
 * Upstream: lib/maple_tree.c:mas_destroy
 * Fidelity: faithful
 */
void gmem_attributes_destroy(struct attr_update *up);

/**
 * gmem_attributes_check - do invariants A1 and A2 hold?
 *
 * Context: the external lock is held, or nothing runs.
 * Return: NULL, or what is wrong.
 */
const char *gmem_attributes_check(const struct gmem_attributes *attrs);

#endif
