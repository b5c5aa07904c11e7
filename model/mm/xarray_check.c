// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/xarray_check.c - the invariants X1-X3 of an xarray, looked at from outside.
 */
#include "model/mm/xarray_entry.h"

static const char *xa_check_node(const struct xa_node *node, u64 *nr_nodes)
{
	u32 used = 0;

	++*nr_nodes;
	for (u32 i = 0; i < XA_CHUNK_SIZE; i++) {
		const void *e = node->slots[i];

		used += e != NULL;
		if (xa_is_sibling(e)) {
			u32 to = (u32)((uintptr_t)e >> 2);
			const void *c = node->slots[to];

			if (to >= i || !c || xa_is_sibling(c) || xa_is_node(c))
				return "X2: a sibling without its entry";
		} else if (xa_is_node(e)) {
			const struct xa_node *child = xa_to_node(e);
			const char *bad;

			if (child->parent != node || child->offset != i ||
			    child->shift + XA_CHUNK_SHIFT != node->shift)
				return "X3: a child that does not fit its slot";
			bad = xa_check_node(child, nr_nodes);
			if (bad)
				return bad;
		}
	}
	if (!used || used != node->count)
		return "X1: the count of used slots is wrong";
	return NULL;
}

const char *xa_check(const struct xarray *xa)
{
	u64 nr_nodes = 0;

	if (xa_is_node(xa->xa_head)) {
		const char *bad = xa_check_node(xa_to_node(xa->xa_head), &nr_nodes);

		if (bad)
			return bad;
	}
	return nr_nodes == xa->nr_nodes ? NULL : "nr_nodes is not the number of nodes";
}
