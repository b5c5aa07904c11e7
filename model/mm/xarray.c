// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/xarray.c - radix tree of 64-slot nodes with multi-index entries and lockless readers.
 *
 * Invariants: X1-X4 of the header.  A store first allocates all nodes it needs, so that it either
 * happens or leaves the array alone.
 *
 * Upstream: lib/xarray.c
 * Fidelity: simplified (see the header)
 */
#include "model/mm/xarray.h"

#include "model/mm/xarray_entry.h"

#define XA_MAX_LEVELS 11

/* The last index below a node (a non-node head covers index 0). */
static u64 xa_max_index(const void *head)
{
	u32 bits;

	if (!xa_is_node(head))
		return 0;
	bits = xa_to_node(head)->shift + XA_CHUNK_SHIFT;
	return bits >= 64 ? UINT64_MAX : (1ull << bits) - 1;
}

static u32 xa_obj(const struct xarray *xa)
{
	return xa->xa_lock.dep_map.id;
}

void xa_init(struct sim *sim, struct xarray *xa, const char *class_name, u32 flags)
{
	spin_lock_init(sim, &xa->xa_lock, class_name);
	xa->flags = flags;
	xa->nr_nodes = 0;
	xa->xa_head = NULL;
}

void xa_lock(struct task *me, struct xarray *xa)
{
	if (xa->flags & XA_FLAGS_LOCK_IRQ)
		spin_lock_irq(me, &xa->xa_lock);
	else
		spin_lock(me, &xa->xa_lock);
}

void xa_unlock(struct task *me, struct xarray *xa)
{
	if (xa->flags & XA_FLAGS_LOCK_IRQ)
		spin_unlock_irq(me, &xa->xa_lock);
	else
		spin_unlock(me, &xa->xa_lock);
}

/* --- readers --- */

/*
 * Slot @index of @node with sibling slots resolved; *@offset becomes the canonical slot.  A sibling
 * can be seen after its canonical slot has become a node: false tells a reader to start over.
 */
static inline bool xa_descend(const struct xa_node *node, u32 *offset, void **entry)
{
	void *e = rcu_dereference(node->slots[*offset]);

	if (unlikely(xa_is_sibling(e))) {
		*offset = (u32)((uintptr_t)e >> 2);
		e = rcu_dereference(node->slots[*offset]);
		if (xa_is_sibling(e) || xa_is_node(e))
			return false;
	}
	*entry = e;
	return true;
}

/*
 * Walk to the entry that covers @index; *@nodep is the node it is in, NULL for the head.
 * Only the top node's shift is read: the others' follow from it (X3).
 */
static inline void *xa_walk(const struct xarray *xa, u64 index, const struct xa_node **nodep,
			    u32 *offset)
{
	void *entry;
	u32 shift;

restart:
	*nodep = NULL;
	*offset = 0;
	entry = rcu_dereference(xa->xa_head);
	if (!xa_is_node(entry))
		return index ? NULL : entry;
	shift = xa_to_node(entry)->shift;
	if (index >> shift >= XA_CHUNK_SIZE)
		return NULL;
	do {
		*nodep = xa_to_node(entry);
		*offset = (u32)(index >> shift) & XA_CHUNK_MASK;
		if (!xa_descend(*nodep, offset, &entry))
			goto restart;
		shift -= XA_CHUNK_SHIFT;
	} while (xa_is_node(entry));
	return entry;
}

void *__xa_load(const struct xarray *xa, u64 index)
{
	const struct xa_node *node;
	u32 offset;
	void *entry = xa_walk(xa, index, &node, &offset);

	return entry == XA_ZERO_ENTRY ? NULL : entry;
}

void *xa_load_rcu(struct task *me, struct xarray *xa, u64 index, void *const **slot)
{
	const struct xa_node *node;
	u32 offset;
	void *entry;

	sim_point(me, xa_obj(xa), SIM_READ);
	entry = xa_walk(xa, index, &node, &offset);
	*slot = node ? &node->slots[offset] : &xa->xa_head;
	return entry == XA_ZERO_ENTRY ? NULL : entry;
}

void *xa_load(struct task *me, struct xarray *xa, u64 index)
{
	void *entry;

	sim_point(me, xa_obj(xa), SIM_READ);
	rcu_read_lock(me);
	entry = __xa_load(xa, index);
	rcu_read_unlock(me);
	return entry;
}

/* How many slots does the entry at canonical slot @offset of @node take? */
static u32 xa_extent(const struct xa_node *node, u32 offset)
{
	u32 n = 1;

	while (offset + n < XA_CHUNK_SIZE &&
	       rcu_dereference(node->slots[offset + n]) == xa_mk_sibling(offset))
		n++;
	return n;
}

u32 xa_get_order(const struct xarray *xa, u64 index)
{
	const struct xa_node *node;
	u32 offset;

	if (!xa_walk(xa, index, &node, &offset) || !node)
		return 0;
	return node->shift + (31u - (u32)__builtin_clz(xa_extent(node, offset)));
}

/*
 * The first index behind slot @offset of @node and the empty slots that follow it, or 0 if that was
 * the last of all.
 */
static u64 xa_next_slot(const struct xa_node *node, u32 offset, u64 index)
{
	u64 mask = node->shift ? (1ull << node->shift) - 1 : 0;
	u32 next = offset + 1;

	while (next < XA_CHUNK_SIZE) {
		if (next % SLOT_GROUP == 0 && xa_group_empty(&node->slots[next]))
			next += SLOT_GROUP;
		else if (!rcu_dereference(node->slots[next]))
			next++;
		else
			break;
	}
	return (index | mask) + 1 + ((u64)(next - offset - 1) << node->shift);
}

static inline void *xa_find_slot(const struct xarray *xa, u64 *indexp, u64 max,
				 void *const **slot)
{
	u64 index = *indexp;
	void *entry;

restart:
	*slot = &xa->xa_head;
	entry = rcu_dereference(xa->xa_head);
	if (index > max || index > xa_max_index(entry))
		return NULL;
	while (xa_is_node(entry)) {
		const struct xa_node *node = xa_to_node(entry);
		u32 offset = xa_offset(node, index);

		if (!xa_descend(node, &offset, &entry))
			goto restart;
		while (!entry || entry == XA_ZERO_ENTRY) {
			index = xa_next_slot(node, offset, index);
			if (!index || index > max)
				return NULL;
			offset = xa_offset(node, index);
			if (!offset || !xa_descend(node, &offset, &entry))
				goto restart;
		}
		*slot = &node->slots[offset];
	}
	if (!entry || entry == XA_ZERO_ENTRY)
		return NULL;
	*indexp = index;
	return entry;
}

void *__xa_find(const struct xarray *xa, u64 *indexp, u64 max)
{
	void *const *slot;

	return xa_find_slot(xa, indexp, max, &slot);
}

void *xa_find_rcu(struct task *me, struct xarray *xa, u64 *indexp, u64 max, void *const **slot)
{
	sim_point(me, xa_obj(xa), SIM_READ);
	return xa_find_slot(xa, indexp, max, slot);
}

void *xa_find(struct task *me, struct xarray *xa, u64 *indexp, u64 max)
{
	void *entry;

	sim_point(me, xa_obj(xa), SIM_READ);
	rcu_read_lock(me);
	entry = __xa_find(xa, indexp, max);
	rcu_read_unlock(me);
	return entry;
}

void *__xa_find_after(const struct xarray *xa, u64 *indexp, u64 max)
{
	u64 next = (*indexp | ((1ull << xa_get_order(xa, *indexp)) - 1)) + 1;

	if (!next || next > max)
		return NULL;
	*indexp = next;
	return __xa_find(xa, indexp, max);
}

void *xa_find_after(struct task *me, struct xarray *xa, u64 *indexp, u64 max)
{
	void *entry;

	sim_point(me, xa_obj(xa), SIM_READ);
	rcu_read_lock(me);
	entry = __xa_find_after(xa, indexp, max);
	rcu_read_unlock(me);
	return entry;
}

/* --- writers --- */

static void xa_node_free_rcu(struct sim *sim, struct sim_rcu_head *head)
{
	sim_free(sim, container_of(head, struct xa_node, rcu), sizeof(struct xa_node));
}

static void xa_node_free(struct task *me, struct xarray *xa, struct xa_node *node)
{
	xa->nr_nodes--;
	kfree_rcu(me, &node->rcu, xa_node_free_rcu);
}

/* Free a subtree that has been unhooked. */
static void xa_free_nodes(struct task *me, struct xarray *xa, struct xa_node *node)
{
	for (u32 i = 0; i < XA_CHUNK_SIZE; i++) {
		if (xa_is_node(node->slots[i]))
			xa_free_nodes(me, xa, xa_to_node(node->slots[i]));
	}
	xa_node_free(me, xa, node);
}

/* The nodes of one store, allocated before anything changes. */
struct xa_prealloc {
	/* written by the storing task */
	struct xa_node *node[2 * XA_MAX_LEVELS];
	u32 nr;
};

static int xa_prealloc(struct task *me, struct xa_prealloc *pre, u32 nr)
{
	pre->nr = 0;
	while (pre->nr < nr) {
		if (sim_should_fail(me, "xa_node")) {
			while (pre->nr)
				sim_free(me->sim, pre->node[--pre->nr], sizeof(struct xa_node));
			return -ENOMEM;
		}
		pre->node[pre->nr++] = sim_zalloc(me->sim, sizeof(struct xa_node));
	}
	return 0;
}

static struct xa_node *xa_new_node(struct xarray *xa, struct xa_prealloc *pre,
				   struct xa_node *parent, u32 offset, u32 shift)
{
	struct xa_node *node;

	SIM_ASSERT(pre->nr > 0);
	node = pre->node[--pre->nr];
	node->parent = parent;
	node->offset = (u8)offset;
	node->shift = (u8)shift;
	xa->nr_nodes++;
	return node;
}

/* The shift a head node needs to cover @last. */
static u32 xa_top_shift(u64 last)
{
	u32 shift = 0;

	while ((last >> shift) >= XA_CHUNK_SIZE)
		shift += XA_CHUNK_SHIFT;
	return shift;
}

/* How many nodes would a store down to level @target at @index need?  @cover: see __xa_store(). */
static u32 xa_missing_nodes(const struct xarray *xa, u64 index, u64 cover, u32 target)
{
	const void *entry = xa->xa_head;
	u32 shift = xa_top_shift(cover), have, nr = 0;

	if (cover > xa_max_index(entry)) {
		have = xa_is_node(entry) ? xa_to_node(entry)->shift + XA_CHUNK_SHIFT : 0;
		nr = entry ? (shift - have) / XA_CHUNK_SHIFT + 1 : 1;
		/* Below the new top only slot 0 leads to what there was before. */
		if (index > xa_max_index(entry) || !entry)
			return nr + (shift - target) / XA_CHUNK_SHIFT;
	}
	while (xa_is_node(entry) && xa_to_node(entry)->shift > target) {
		shift = xa_to_node(entry)->shift;
		entry = xa_to_node(entry)->slots[xa_offset(xa_to_node(entry), index)];
		if (!entry)
			return nr + (shift - target) / XA_CHUNK_SHIFT;
	}
	return nr;
}

/* Add levels on top until the head covers @cover. */
static void xa_expand(struct xarray *xa, struct xa_prealloc *pre, u64 cover)
{
	struct xa_node *node;
	void *head;

	while (cover > xa_max_index(head = xa->xa_head)) {
		u32 shift = head ? 0 : xa_top_shift(cover);

		if (xa_is_node(head))
			shift = xa_to_node(head)->shift + XA_CHUNK_SHIFT;
		node = xa_new_node(xa, pre, NULL, 0, shift);
		if (head) {
			node->slots[0] = head;
			node->count = 1;
		}
		if (xa_is_node(head))
			xa_to_node(head)->parent = node;
		rcu_assign_pointer(xa->xa_head, xa_mk_node(node));
	}
}

/* Unhook nodes that became empty, from @node upwards. */
static void xa_delete_empty(struct task *me, struct xarray *xa, struct xa_node *node)
{
	while (node && !node->count) {
		struct xa_node *parent = node->parent;

		if (parent) {
			rcu_assign_pointer(parent->slots[node->offset], NULL);
			parent->count--;
		} else {
			rcu_assign_pointer(xa->xa_head, NULL);
		}
		xa_node_free(me, xa, node);
		node = parent;
	}
}

/* Put @entry into @nr slots from @offset on; what was there is replaced whole. */
static void xa_fill(struct task *me, struct xarray *xa, struct xa_node *node, u32 offset, u32 nr,
		    void *entry)
{
	if (xa_is_sibling(node->slots[offset]))
		offset = (u32)((uintptr_t)node->slots[offset] >> 2);
	nr = max(nr, xa_extent(node, offset));
	for (u32 i = offset; i < offset + nr; i++) {
		void *old = node->slots[i];
		void *new = entry && i > offset ? xa_mk_sibling(offset) : entry;

		rcu_assign_pointer(node->slots[i], new);
		node->count = (u8)(node->count + !!new - !!old);
		if (node->shift && xa_is_node(old))
			xa_free_nodes(me, xa, xa_to_node(old));
	}
}

/*
 * Make the way from the head down to a node with shift @target, or to an entry that is larger.
 * Return: that node, NULL for an entry that is the head, or ERR_PTR(-ENOMEM) with nothing changed.
 */
static struct xa_node *xa_create(struct task *me, struct xarray *xa, u64 index, u64 cover,
				 u32 target)
{
	struct xa_prealloc pre = {.nr = 0};
	struct xa_node *node = NULL;
	void *e;

	if (xa_prealloc(me, &pre, xa_missing_nodes(xa, index, cover, target)))
		return ERR_PTR(-ENOMEM);
	xa_expand(xa, &pre, cover);
	e = xa->xa_head;
	while (xa_is_node(e)) {
		u32 offset;

		node = xa_to_node(e);
		if (node->shift <= target)
			break;
		offset = xa_offset(node, index);
		e = node->slots[offset];
		if (!e) {
			e = xa_mk_node(xa_new_node(xa, &pre, node, offset,
						   node->shift - XA_CHUNK_SHIFT));
			rcu_assign_pointer(node->slots[offset], e);
			node->count++;
		}
	}
	SIM_ASSERT(!pre.nr);
	return node;
}

int __xa_store(struct task *me, struct xarray *xa, u64 index, u32 order, void *entry, void **old)
{
	u32 target = order - order % XA_CHUNK_SHIFT;
	u64 mask = order ? (1ull << order) - 1 : 0;
	u64 cover = index | mask;
	struct xa_node *node = NULL;
	void *e = xa->xa_head;

	SIM_ASSERT(order < 63 && !xa_is_node(entry) && !xa_is_sibling(entry));
	lockdep_assert_held(me, &xa->xa_lock);
	sim_point(me, xa_obj(xa), SIM_WRITE);
	if (old)
		*old = __xa_load(xa, index);
	index &= ~mask;
	/* A multi-index entry may not be the head, which stands for index 0 alone. */
	if (order && cover == mask)
		cover++;
	/* How far is the way there? */
	while (index <= xa_max_index(xa->xa_head) && xa_is_node(e)) {
		node = xa_to_node(e);
		if (node->shift <= target)
			break;
		e = node->slots[xa_offset(node, index)];
	}
	if (entry && (!e || cover > xa_max_index(xa->xa_head))) {
		node = xa_create(me, xa, index, cover, target);
		if (IS_ERR(node))
			return -ENOMEM;
	} else if (!entry && (!e || index > xa_max_index(xa->xa_head))) {
		return 0;
	}
	if (!node || node->shift < target) {
		/* The head itself: one entry, or a tree that the erased range swallows. */
		SIM_ASSERT(!entry || !node);
		rcu_assign_pointer(xa->xa_head, entry);
		if (node)
			xa_free_nodes(me, xa, node);
		return 0;
	}
	xa_fill(me, xa, node, xa_offset(node, index),
		node->shift == target ? 1u << (order - target) : 1, entry);
	if (!entry)
		xa_delete_empty(me, xa, node);
	return 0;
}

int xa_store(struct task *me, struct xarray *xa, u64 index, void *entry, void **old)
{
	int err;

	xa_lock(me, xa);
	err = __xa_store(me, xa, index, 0, entry, old);
	xa_unlock(me, xa);
	return err;
}

int __xa_insert(struct task *me, struct xarray *xa, u64 index, void *entry)
{
	if (__xa_load(xa, index))
		return -EBUSY;
	return __xa_store(me, xa, index, 0, entry, NULL);
}

int __xa_insert_order(struct task *me, struct xarray *xa, u64 index, u32 order, void *entry)
{
	u64 first = index & ~((1ull << order) - 1), last = first + (1ull << order) - 1;

	if (__xa_find(xa, &first, last))
		return -EBUSY;
	return __xa_store(me, xa, index, order, entry, NULL);
}

void *__xa_erase(struct task *me, struct xarray *xa, u64 index)
{
	void *old = NULL;

	__xa_store(me, xa, index, 0, NULL, &old);
	return old;
}

void *xa_erase(struct task *me, struct xarray *xa, u64 index)
{
	void *old;

	xa_lock(me, xa);
	old = __xa_erase(me, xa, index);
	xa_unlock(me, xa);
	return old;
}

int xa_store_range(struct task *me, struct xarray *xa, u64 first, u64 last, void *entry)
{
	int err = 0;

	SIM_ASSERT(first <= last);
	xa_lock(me, xa);
	while (!err) {
		/* The largest aligned power of two that begins at first and ends by last. */
		u32 order = first ? (u32)__builtin_ctzll(first) : 62;
		u64 span = last - first;

		order = min(order, 62u);
		while (order && (1ull << order) - 1 > span)
			order--;
		err = __xa_store(me, xa, first, order, entry, NULL);
		if (span < (1ull << order))
			break;
		first += 1ull << order;
	}
	xa_unlock(me, xa);
	return err;
}

int xa_reserve(struct task *me, struct xarray *xa, u64 index)
{
	const struct xa_node *node;
	u32 offset;
	int err = 0;

	xa_lock(me, xa);
	if (!xa_walk(xa, index, &node, &offset))
		err = __xa_store(me, xa, index, 0, XA_ZERO_ENTRY, NULL);
	xa_unlock(me, xa);
	return err;
}

void xa_release(struct task *me, struct xarray *xa, u64 index)
{
	const struct xa_node *node;
	u32 offset;

	xa_lock(me, xa);
	if (xa_walk(xa, index, &node, &offset) == XA_ZERO_ENTRY)
		__xa_store(me, xa, index, 0, NULL, NULL);
	xa_unlock(me, xa);
}

static void xa_destroy_node(struct sim *sim, struct xa_node *node)
{
	for (u32 i = 0; i < XA_CHUNK_SIZE; i++) {
		if (node->shift && xa_is_node(node->slots[i]))
			xa_destroy_node(sim, xa_to_node(node->slots[i]));
	}
	sim_free(sim, node, sizeof(*node));
}

void xa_destroy(struct sim *sim, struct xarray *xa)
{
	if (xa_is_node(xa->xa_head))
		xa_destroy_node(sim, xa_to_node(xa->xa_head));
	xa->xa_head = NULL;
	xa->nr_nodes = 0;
}
