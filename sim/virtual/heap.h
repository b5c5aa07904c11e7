/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/virtual/heap.h - 4-ary heap with positions kept outside, so that any element can be removed.
 * For run queues (by virtual run time) and timers; simulated time itself has timeq.h.
 *
 * An element is a key and a tag: a sequence number (first come, first out among equal keys) above
 * the number of what is queued.  Position i of element id is pos[id]; an element is in one heap at
 * a time, so all heaps of an engine share one array.
 *
 * Invariants: no child sorts before its parent; e[pos[id]] is the element of id.
 */
#ifndef SIM_VIRTUAL_HEAP_H
#define SIM_VIRTUAL_HEAP_H

#include "sim/types.h"

#define HEAP_ID_BITS 24
#define HEAP_ID(tag) ((u32)((tag) & ((1u << HEAP_ID_BITS) - 1)))
#define HEAP_NOWHERE UINT32_MAX

struct heap_elem {
	/* immutable while queued */
	u64 key;
	u64 tag; /* sequence number << HEAP_ID_BITS | id */
};

struct heap {
	/* written by the engine */
	struct heap_elem *e;
	u32 len, cap;
};

static inline bool heap_less(struct heap_elem a, struct heap_elem b)
{
	unsigned __int128 ka = ((unsigned __int128)a.key << 64) | a.tag;
	unsigned __int128 kb = ((unsigned __int128)b.key << 64) | b.tag;

	return ka < kb;
}

static inline void heap_place(struct heap *h, u32 *pos, u32 i, struct heap_elem x)
{
	h->e[i] = x;
	pos[HEAP_ID(x.tag)] = i;
}

static inline void heap_sift_up(struct heap *h, u32 *pos, u32 i, struct heap_elem x)
{
	while (i > 0) {
		u32 parent = (i - 1) / 4;

		if (!heap_less(x, h->e[parent]))
			break;
		heap_place(h, pos, i, h->e[parent]);
		i = parent;
	}
	heap_place(h, pos, i, x);
}

/* The first of up to four children from @c on.  Which one it is nobody can predict: no branches. */
static inline u32 heap_first_child(const struct heap *h, u32 c)
{
	const struct heap_elem *e = h->e;
	u32 a, b;

	if (likely(c + 4 <= h->len)) {
		a = c + heap_less(e[c + 1], e[c]);
		b = c + 2 + heap_less(e[c + 3], e[c + 2]);
		return a + (b - a) * heap_less(e[b], e[a]);
	}
	for (a = c, b = c + 1; b < h->len; b++)
		a = heap_less(e[b], e[a]) ? b : a;
	return a;
}

static inline void heap_sift_down(struct heap *h, u32 *pos, u32 i, struct heap_elem x)
{
	while (4 * i + 1 < h->len) {
		u32 first = heap_first_child(h, 4 * i + 1);

		if (!heap_less(h->e[first], x))
			break;
		heap_place(h, pos, i, h->e[first]);
		i = first;
	}
	heap_place(h, pos, i, x);
}

/* Context: the caller has made room (len < cap). */
static inline void heap_push(struct heap *h, u32 *pos, struct heap_elem x)
{
	heap_sift_up(h, pos, h->len++, x);
}

static inline void heap_remove(struct heap *h, u32 *pos, u32 i)
{
	struct heap_elem last = h->e[--h->len];

	pos[HEAP_ID(h->e[i].tag)] = HEAP_NOWHERE;
	if (i == h->len)
		return;
	if (i > 0 && heap_less(last, h->e[(i - 1) / 4]))
		heap_sift_up(h, pos, i, last);
	else
		heap_sift_down(h, pos, i, last);
}

/* Take the first element out and put @x in, in one pass. */
static inline struct heap_elem heap_replace_top(struct heap *h, u32 *pos, struct heap_elem x)
{
	struct heap_elem top = h->e[0];

	pos[HEAP_ID(top.tag)] = HEAP_NOWHERE;
	heap_sift_down(h, pos, 0, x);
	return top;
}

static inline struct heap_elem heap_pop(struct heap *h, u32 *pos)
{
	struct heap_elem top = h->e[0];

	heap_remove(h, pos, 0);
	return top;
}

#endif
