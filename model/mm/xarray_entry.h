/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/mm/xarray_entry.h - what a slot of the xarray may contain; only its own files include this.
 *
 * Pointers have 00 in the low bits, values 1, internal entries 10: siblings (small numbers), the
 * reserved entry, and nodes (addresses).
 *
 * Upstream: include/linux/xarray.h
 * Fidelity: faithful
 */
#ifndef MODEL_MM_XARRAY_ENTRY_H
#define MODEL_MM_XARRAY_ENTRY_H

#include "model/mm/xarray.h"

#define XA_CHUNK_MASK (XA_CHUNK_SIZE - 1)

#define XA_ZERO_ENTRY ((void *)(uintptr_t)((257 << 2) | 2))

static inline void *xa_mk_sibling(u32 offset)
{
	return (void *)(uintptr_t)((offset << 2) | 2);
}

static inline bool xa_is_internal(const void *entry)
{
	return ((uintptr_t)entry & 3) == 2;
}

static inline bool xa_is_sibling(const void *entry)
{
	return xa_is_internal(entry) && (uintptr_t)entry < (XA_CHUNK_SIZE << 2);
}

static inline bool xa_is_node(const void *entry)
{
	return xa_is_internal(entry) && (uintptr_t)entry > 4096;
}

static inline struct xa_node *xa_to_node(const void *entry)
{
	return (struct xa_node *)((uintptr_t)entry - 2);
}

static inline void *xa_mk_node(const struct xa_node *node)
{
	return (void *)((uintptr_t)node | 2);
}

static inline u32 xa_offset(const struct xa_node *node, u64 index)
{
	return (u32)(index >> node->shift) & XA_CHUNK_MASK;
}

/* Most nodes are mostly empty. */
#define SLOT_GROUP 8u

static inline bool xa_group_empty(void *const *slot)
{
	uintptr_t any = 0;

	for (u32 i = 0; i < SLOT_GROUP; i++)
		any |= (uintptr_t)rcu_dereference(slot[i]);
	return !any;
}

#endif
