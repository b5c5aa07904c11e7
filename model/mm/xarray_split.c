// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/xarray_split.c - one multi-index entry becomes many, and their slots new entries.
 *
 * Invariants: X1-X4 of xarray.h, also for readers in the middle of it: the slots of the old entry
 * are replaced from the last to the first, so that a sibling never points to a node for long.
 *
 * Upstream: lib/xarray.c:xas_split_alloc, xas_split
 * Fidelity: faithful (see the header)
 */
#include "model/mm/xarray_entry.h"

#include "model/machine.h"

/* The shift of the node whose slots make an entry of @order. */
static u32 xa_order_shift(u32 order)
{
	return order - order % XA_CHUNK_SHIFT;
}

u32 xa_split_nr_nodes(u32 order, u32 new_order)
{
	u32 per_slot = 0, nodes = 1;

	for (u32 s = xa_order_shift(order); s > xa_order_shift(new_order); s -= XA_CHUNK_SHIFT) {
		per_slot += nodes;
		nodes *= XA_CHUNK_SIZE;
	}
	return per_slot << (order % XA_CHUNK_SHIFT);
}

void xa_split_free(struct task *me, struct xa_split *split)
{
	while (split->nr) {
		struct xa_node *node = split->nodes;

		split->nodes = node->parent;
		sim_free(me->sim, node, sizeof(*node));
		split->nr--;
	}
}

int xa_split_alloc(struct task *me, u32 order, u32 new_order, struct xa_split *split)
{
	u32 nr = xa_split_nr_nodes(order, new_order);
	struct xa_node *node;

	SIM_ASSERT(new_order < order);
	might_sleep(me);
	*split = (struct xa_split){.nr = 0};
	while (split->nr < nr) {
		cost(me, COST_xa_node_alloc);
		if (sim_should_fail(me, "xa_node"))
			goto undo;
		node = sim_zalloc(me->sim, sizeof(*node));
		node->parent = split->nodes;
		split->nodes = node;
		split->nr++;
	}
	return 0;

undo:
	xa_split_free(me, split);
	return -ENOMEM;
}

static void fill_slots(struct xa_node *node, u32 offset, u32 nr, u32 each, void *entry)
{
	for (u32 i = offset + nr; i-- > offset;)
		rcu_assign_pointer(node->slots[i], (i - offset) % each
							   ? xa_mk_sibling(i - (i - offset) % each)
							   : entry);
}

/* A subtree in which every entry is @entry. */
static struct xa_node *split_node(struct task *me, struct xarray *xa, struct xa_split *split,
				  struct xa_node *parent, u32 offset, u32 new_order, void *entry)
{
	struct xa_node *node = split->nodes;

	SIM_ASSERT(split->nr);
	split->nodes = node->parent;
	split->nr--;
	xa->nr_nodes++;
	cost(me, COST_xa_split);
	node->parent = parent;
	node->shift = (u8)(parent->shift - XA_CHUNK_SHIFT);
	node->offset = (u8)offset;
	node->count = XA_CHUNK_SIZE;
	if (node->shift == xa_order_shift(new_order)) {
		fill_slots(node, 0, XA_CHUNK_SIZE, 1u << (new_order % XA_CHUNK_SHIFT), entry);
		return node;
	}
	for (u32 i = 0; i < XA_CHUNK_SIZE; i++)
		node->slots[i] = xa_mk_node(split_node(me, xa, split, node, i, new_order, entry));
	return node;
}

/* The node one of whose slots covers @index with an entry. */
static struct xa_node *entry_node(const struct xarray *xa, u64 index)
{
	struct xa_node *node = NULL;
	void *e = xa->xa_head;

	while (xa_is_node(e)) {
		node = xa_to_node(e);
		e = node->slots[xa_offset(node, index)];
	}
	return node;
}

void __xa_split(struct task *me, struct xarray *xa, u64 index, u32 new_order,
		struct xa_split *split)
{
	u32 order = xa_get_order(xa, index), nr = 1u << (order % XA_CHUNK_SHIFT);
	struct xa_node *node = entry_node(xa, index);
	u32 offset = xa_offset(node, index) & ~(nr - 1);
	void *entry = node->slots[offset];

	lockdep_assert_held(me, &xa->xa_lock);
	SIM_ASSERT(node->shift == xa_order_shift(order) && new_order < order);
	sim_point(me, xa->xa_lock.dep_map.id, SIM_WRITE);
	if (node->shift == xa_order_shift(new_order)) {
		fill_slots(node, offset, nr, 1u << (new_order % XA_CHUNK_SHIFT), entry);
		return;
	}
	for (u32 i = offset + nr; i-- > offset;) {
		struct xa_node *child = split_node(me, xa, split, node, i, new_order, entry);

		rcu_assign_pointer(node->slots[i], xa_mk_node(child));
	}
	SIM_ASSERT(!split->nr);
}

void __xa_store_each(struct task *me, struct xarray *xa, u64 first, u64 nr,
		     void *(*entry)(u64 i, void *arg), void *arg)
{
	struct xa_node *node = NULL;

	lockdep_assert_held(me, &xa->xa_lock);
	for (u64 i = 0; i < nr; i++) {
		u64 index = first + i;

		if (!node || !(index & XA_CHUNK_MASK)) {
			node = entry_node(xa, index);
			SIM_ASSERT(node && !node->shift);
			sim_point(me, xa->xa_lock.dep_map.id, SIM_WRITE);
		}
		cost(me, COST_xa_store);
		SIM_ASSERT(node->slots[index & XA_CHUNK_MASK]);
		rcu_assign_pointer(node->slots[index & XA_CHUNK_MASK], entry(i, arg));
	}
}
