/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/mm/xarray.h - sparse array of pointers: radix tree of 64-slot nodes.
 *
 * Writers hold xa_lock.  Readers take no lock: nodes are published whole and freed by RCU.  An
 * entry may cover 2^n aligned indices (multi-index): one canonical slot and sibling slots that
 * point to it.  A read is one visible operation on the whole array.
 *
 * Invariants:
 *  X1 A node other than the head has at least one used slot; count is the number of used slots.
 *  X2 A sibling slot refers to a canonical slot before it in the same node.
 *  X3 Slot i of a node with shift s covers the indices whose bits s..s+5 are i.
 *  X4 The head is a node with just enough levels for what was ever stored (it may stay too deep),
 *     or an entry for index 0 alone, or NULL.
 *
 * Upstream: lib/xarray.c, include/linux/xarray.h
 * Fidelity: simplified: no marks, no shadow entries, the nodes of a store are allocated with the
 * lock held instead of dropping it in xas_nomem(); storing inside a larger entry replaces that
 * entry, as upstream
 */
#ifndef MODEL_MM_XARRAY_H
#define MODEL_MM_XARRAY_H

#include "model/types.h"
#include "sim/rcu.h"
#include "sim/sim.h"
#include "sim/spinlock.h"

#define XA_CHUNK_SHIFT	  6
#define XA_CHUNK_SIZE	  (1u << XA_CHUNK_SHIFT)
#define XA_FLAGS_LOCK_IRQ BIT(0) /* xa_lock is taken with interrupts off */
#define XA_MAX_INDEX	  UINT64_MAX

struct xa_node {
	/* constant after publication */
	u8 shift;
	u8 offset; /* slot in the parent */

	/* protected by xa_lock */
	u8 count;
	struct xa_node *parent;
	struct sim_rcu_head rcu;

	/* written under xa_lock, read under RCU */
	void *slots[XA_CHUNK_SIZE];
};

struct xarray {
	struct spinlock xa_lock;
	/* constant */
	u32 flags;

	/* protected by xa_lock */
	u64 nr_nodes;

	/* written under xa_lock, read under RCU */
	void *xa_head;
};

/* Values: integers of up to 63 bits in place of a pointer. */
static inline void *xa_mk_value(u64 v)
{
	return (void *)(uintptr_t)((v << 1) | 1);
}

static inline bool xa_is_value(const void *entry)
{
	return (uintptr_t)entry & 1;
}

static inline u64 xa_to_value(const void *entry)
{
	return (uintptr_t)entry >> 1;
}

/**
 * xa_init - make an empty array whose lock has class @class_name.
 */
void xa_init(struct sim *sim, struct xarray *xa, const char *class_name, u32 flags);

/**
 * xa_destroy - free the nodes of an array nobody uses any more; entries are the caller's business.
 *
 * Context: at rest, or the array is unreachable for all others.
 */
void xa_destroy(struct sim *sim, struct xarray *xa);

void xa_lock(struct task *me, struct xarray *xa);
void xa_unlock(struct task *me, struct xarray *xa);

/**
 * xa_load - what is stored at @index?
 *
 * Upstream: lib/xarray.c:xa_load
 * Fidelity: faithful; the walk is one visible operation
 * Context: any; takes the RCU read lock.
 * Return: the entry, or NULL (also for a reserved slot).
 */
void *xa_load(struct task *me, struct xarray *xa, u64 index);

/* The same as no visible operation: xa_lock held, a point already taken, or at rest. */
void *__xa_load(const struct xarray *xa, u64 index);

/**
 * xa_load_rcu - the same for who is in an RCU read section already.
 * @slot: where it was found, for xa_reload()
 */
void *xa_load_rcu(struct task *me, struct xarray *xa, u64 index, void *const **slot);

/**
 * xa_reload - look again at a slot that was found in the same RCU read section.
 *
 * Upstream: include/linux/xarray.h:xas_reload
 * Fidelity: faithful
 * Return: what is there now; to be compared with what was there, nothing else.
 */
static inline void *xa_reload(struct task *me, struct xarray *xa, void *const *slot)
{
	sim_point(me, xa->xa_lock.dep_map.id, SIM_READ);
	return rcu_dereference(*slot);
}

/**
 * xa_get_order - how many indices (as a power of two) does the entry at @index cover?
 */
u32 xa_get_order(const struct xarray *xa, u64 index);

/**
 * __xa_store - store @entry (NULL erases) at the 2^@order indices around @index.
 *
 * Upstream: lib/xarray.c:xas_store
 * Fidelity: faithful
 * Fail site: "xa_node".
 * Context: xa_lock held.
 * Return: 0 (and the former entry at @index in *@old, if given), or -ENOMEM with nothing changed.
 */
int __xa_store(struct task *me, struct xarray *xa, u64 index, u32 order, void *entry, void **old);

/* The same, taking the lock. */
int xa_store(struct task *me, struct xarray *xa, u64 index, void *entry, void **old);

/**
 * __xa_insert - store @entry if nothing is there.
 *
 * Return: 0, -EBUSY, or -ENOMEM.
 */
int __xa_insert(struct task *me, struct xarray *xa, u64 index, void *entry);

/* The same for a multi-index entry: -EBUSY if any of its indices is taken. */
int __xa_insert_order(struct task *me, struct xarray *xa, u64 index, u32 order, void *entry);

/**
 * __xa_erase / xa_erase - empty the slot (all indices of a multi-index entry).
 *
 * Return: what was there.
 */
void *__xa_erase(struct task *me, struct xarray *xa, u64 index);
void *xa_erase(struct task *me, struct xarray *xa, u64 index);

/**
 * xa_store_range - store @entry at [@first, @last] in as few multi-index entries as fit.
 *
 * Upstream: lib/xarray.c:xa_store_range
 * Fidelity: faithful, failure included: what was stored before it stays
 * Context: takes xa_lock; may not be used inside it.
 * Return: 0 or -ENOMEM.
 */
int xa_store_range(struct task *me, struct xarray *xa, u64 first, u64 last, void *entry);

/* The nodes that splitting one multi-index entry takes, allocated before the lock. */
struct xa_split {
	/* written by the splitting task */
	struct xa_node *nodes; /* linked by parent */
	u32 nr;
};

/**
 * xa_split_alloc - allocate the nodes for a split of an entry of @order into ones of @new_order.
 *
 * Upstream: lib/xarray.c:xas_split_alloc
 * Fidelity: faithful, without its limit of one level (the guest_memfd tree lifts it)
 * Fail site: "xa_node".  Cost: xa_node_alloc for each.
 * Context: may sleep; xa_lock not held.
 * Return: 0 or -ENOMEM with nothing kept.
 */
int xa_split_alloc(struct task *me, u32 order, u32 new_order, struct xa_split *split);
void xa_split_free(struct task *me, struct xa_split *split); /* what is left of it */

/**
 * __xa_split - cover the range of the entry at @index by entries of @new_order, all of them the
 * same pointer.
 *
 * Upstream: lib/xarray.c:xas_split
 * Fidelity: faithful; one visible operation.  Cost: xa_split for each node.
 * Context: xa_lock held; uses up @split.
 */
void __xa_split(struct task *me, struct xarray *xa, u64 index, u32 new_order,
		struct xa_split *split);

/**
 * __xa_store_each - replace the entries of [@first, @first + @nr), one index each, that are there.
 * @entry: gives the i-th
 *
 * As so many __xa_store() upstream; visible once for every node, as nobody can use an entry that
 * is a frozen folio, the old one or the new one.  Cost: xa_store for each.
 * Context: xa_lock held.
 */
void __xa_store_each(struct task *me, struct xarray *xa, u64 first, u64 nr,
		     void *(*entry)(u64 i, void *arg), void *arg);

/* The number of nodes below the entries of [@index, @index + 2^@order), for costs. */
u32 xa_split_nr_nodes(u32 order, u32 new_order);

/**
 * xa_reserve - make sure that a later store at @index cannot fail.
 *
 * Upstream: include/linux/xarray.h:xa_reserve
 * Fidelity: faithful
 * Return: 0 or -ENOMEM.
 */
int xa_reserve(struct task *me, struct xarray *xa, u64 index);

/**
 * xa_release - give a reservation back that was not used.
 */
void xa_release(struct task *me, struct xarray *xa, u64 index);

/**
 * xa_find - the first entry in [*@indexp, @max].
 *
 * Upstream: lib/xarray.c:xa_find
 * Fidelity: faithful
 * Return: the entry with *@indexp moved to it (inside a multi-index entry: left where it is if it
 * was in the middle), or NULL.
 */
void *xa_find(struct task *me, struct xarray *xa, u64 *indexp, u64 max);
void *__xa_find(const struct xarray *xa, u64 *indexp, u64 max);

/* The same for who is in an RCU read section already; @slot is for xa_reload(). */
void *xa_find_rcu(struct task *me, struct xarray *xa, u64 *indexp, u64 max, void *const **slot);

/**
 * xa_find_after - the first entry after the one that covers *@indexp.
 */
void *xa_find_after(struct task *me, struct xarray *xa, u64 *indexp, u64 max);
void *__xa_find_after(const struct xarray *xa, u64 *indexp, u64 max);

static inline bool xa_empty(const struct xarray *xa)
{
	u64 index = 0;

	return !__xa_find(xa, &index, XA_MAX_INDEX);
}

#define xa_for_each_range(me, xa, index, entry, first, last)                                       \
	for (index = (first), entry = xa_find(me, xa, &index, last); entry;                        \
	     entry = xa_find_after(me, xa, &index, last))

/**
 * xa_check - the invariants above, for tests and checked builds.
 *
 * Return: NULL, or what is wrong.
 */
const char *xa_check(const struct xarray *xa);

#endif
