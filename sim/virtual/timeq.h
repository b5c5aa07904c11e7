/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/virtual/timeq.h - what is due when: a radix queue over simulated time.
 *
 * Time only moves forward, and nothing is queued in the past.  That allows a queue without
 * comparisons: a time is put where it first differs from the queue's own (base), in digits of six
 * bits, and moves down when base gets there.  Each operation costs a few list links, whatever the
 * number of elements.
 *
 *	level 0	   times that differ from base in the last digit only: one slot per nanosecond
 *	level k    times that first differ in digit k: one slot per 64^k ns
 *
 * Invariants: base <= all queued times; a time at level k agrees with base in all digits above k
 * and is larger in digit k, so that lower levels, and in a level lower slots, come first; times
 * that are equal leave in the order in which they came, because a slot is emptied downwards before
 * anything can be queued below it.
 */
#ifndef SIM_VIRTUAL_TIMEQ_H
#define SIM_VIRTUAL_TIMEQ_H

#include "sim/types.h"

#define TIMEQ_BITS   6
#define TIMEQ_SLOTS  (1u << TIMEQ_BITS)
#define TIMEQ_LEVELS ((64 + TIMEQ_BITS - 1) / TIMEQ_BITS)
#define TIMEQ_NONE   UINT32_MAX

struct timeq_node {
	/* written by the queue */
	sim_ns at_ns;
	u32 next, prev; /* in the slot, or TIMEQ_NONE */
	u32 slot;	/* level * TIMEQ_SLOTS + slot, or TIMEQ_NONE: not queued */
};

struct timeq {
	/* written by the engine */
	sim_ns base_ns;
	u32 len;
	u32 levels;		     /* bit k: level k is not empty */
	u64 bitmap[TIMEQ_LEVELS];    /* bit s: slot s of the level is not empty */
	struct timeq_node *node;     /* by id */
	struct {
		u32 head, tail;
	} slot[TIMEQ_LEVELS * TIMEQ_SLOTS]; /* valid if not empty */
};

/* @node is room for as many elements as there are ids. */
static inline void timeq_init(struct timeq *q, struct timeq_node *node, u32 nr)
{
	q->base_ns = 0;
	q->len = q->levels = 0;
	for (u32 i = 0; i < TIMEQ_LEVELS; i++)
		q->bitmap[i] = 0;
	q->node = node;
	for (u32 i = 0; i < nr; i++)
		node[i].slot = TIMEQ_NONE;
}

static inline bool timeq_has(const struct timeq *q, u32 id)
{
	return q->node[id].slot != TIMEQ_NONE;
}

static inline u32 timeq_level(const struct timeq *q, sim_ns at_ns)
{
	u64 diff = (at_ns ^ q->base_ns) | 1;

	return (63u - (u32)__builtin_clzll(diff)) / TIMEQ_BITS;
}

/* Append @id, whose time is set, to the slot where it belongs. */
static inline void timeq_link(struct timeq *q, u32 id)
{
	struct timeq_node *n = &q->node[id];
	u32 level = timeq_level(q, n->at_ns);
	u32 s = (u32)(n->at_ns >> (level * TIMEQ_BITS)) & (TIMEQ_SLOTS - 1);
	u32 slot = level * TIMEQ_SLOTS + s;

	n->slot = slot;
	n->next = TIMEQ_NONE;
	if (q->bitmap[level] & BIT_ULL(s)) {
		n->prev = q->slot[slot].tail;
		q->node[n->prev].next = id;
	} else {
		n->prev = TIMEQ_NONE;
		q->slot[slot].head = id;
		q->bitmap[level] |= BIT_ULL(s);
		q->levels |= 1u << level;
	}
	q->slot[slot].tail = id;
}

static inline void timeq_slot_empty(struct timeq *q, u32 slot)
{
	u32 level = slot / TIMEQ_SLOTS;

	q->bitmap[level] &= ~BIT_ULL(slot % TIMEQ_SLOTS);
	if (!q->bitmap[level])
		q->levels &= ~(1u << level);
}

static inline void timeq_add(struct timeq *q, u32 id, sim_ns at_ns)
{
	q->node[id].at_ns = at_ns;
	q->len++;
	timeq_link(q, id);
}

static inline void timeq_del(struct timeq *q, u32 id)
{
	struct timeq_node *n = &q->node[id];

	if (n->next != TIMEQ_NONE)
		q->node[n->next].prev = n->prev;
	else
		q->slot[n->slot].tail = n->prev;
	if (n->prev != TIMEQ_NONE)
		q->node[n->prev].next = n->next;
	else if (n->next != TIMEQ_NONE)
		q->slot[n->slot].head = n->next;
	else
		timeq_slot_empty(q, n->slot);
	n->slot = TIMEQ_NONE;
	q->len--;
}

/* Base gets to the first slot of @level, whose elements move down. */
static inline void timeq_cascade(struct timeq *q, u32 level, u32 s)
{
	u32 shift = level * TIMEQ_BITS;
	u32 id = q->slot[level * TIMEQ_SLOTS + s].head;
	u64 above = level + 1 < TIMEQ_LEVELS ? ~0ull << (shift + TIMEQ_BITS) : 0;

	timeq_slot_empty(q, level * TIMEQ_SLOTS + s);
	q->base_ns = (q->base_ns & above) | (u64)s << shift;
	while (id != TIMEQ_NONE) {
		u32 next = q->node[id].next;

		timeq_link(q, id);
		id = next;
	}
}

/* Take out the first element; base becomes its time.  Context: the queue is not empty. */
static inline u32 timeq_pop(struct timeq *q)
{
	for (;;) {
		u32 level = (u32)__builtin_ctz(q->levels);
		u32 s = (u32)__builtin_ctzll(q->bitmap[level]);
		u32 id = q->slot[level * TIMEQ_SLOTS + s].head;

		if (level == 0 || q->node[id].next == TIMEQ_NONE) {
			q->base_ns = q->node[id].at_ns;
			timeq_del(q, id);
			return id;
		}
		timeq_cascade(q, level, s);
	}
}

/*
 * No element is due before this.  Exact if the first slot has one element or belongs to level 0;
 * else the beginning of the slot.
 */
static inline sim_ns timeq_horizon(const struct timeq *q)
{
	u32 level, s, id, shift;
	u64 above;

	if (!q->levels)
		return SIM_NS_MAX;
	level = (u32)__builtin_ctz(q->levels);
	s = (u32)__builtin_ctzll(q->bitmap[level]);
	id = q->slot[level * TIMEQ_SLOTS + s].head;
	if (level == 0 || q->node[id].next == TIMEQ_NONE)
		return q->node[id].at_ns;
	shift = level * TIMEQ_BITS;
	above = level + 1 < TIMEQ_LEVELS ? ~0ull << (shift + TIMEQ_BITS) : 0;
	return (q->base_ns & above) | (u64)s << shift;
}

#endif
