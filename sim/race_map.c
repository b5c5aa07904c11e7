// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/race_map.c - the race detector's memory: an arena and hash tables that are emptied by
 * forgetting, and the contexts of accesses.
 *
 * Invariants: a slot is taken if it has the map's generation; nothing is ever removed, so a search
 * ends at the first slot that is not taken; nothing that can be seen depends on an address.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/prng.h"
#include "sim/race_internal.h"

#define BLOCK_BYTES (64 * 1024)

struct race_block {
	/* written by race_alloc() */
	struct race_block *next;
	size_t size; /* of mem */
	char mem[];
};

/* The host's memory is all there is to it: no modelled allocation, no failure. */
static void *host_alloc(size_t bytes)
{
	void *p = calloc(1, bytes);

	SIM_ASSERT(p);
	return p;
}

/* The next block has room for @bytes, or a new one is put before it. */
static void next_block(struct race_arena *a, size_t bytes)
{
	struct race_block **next = a->cur ? &a->cur->next : &a->first, *b = *next;

	if (!b || b->size < bytes) {
		size_t size = max(bytes, (size_t)BLOCK_BYTES);

		b = host_alloc(sizeof(*b) + size);
		b->size = size;
		b->next = *next;
		*next = b;
	}
	a->cur = b;
	a->used = 0;
}

/* Zeroed, aligned for pointers. */
void *race_alloc(struct race_arena *a, size_t bytes)
{
	void *p;

	bytes = (bytes + 7) & ~(size_t)7;
	if (!a->cur || a->used + bytes > a->cur->size)
		next_block(a, bytes);
	p = a->cur->mem + a->used;
	a->used += bytes;
	memset(p, 0, bytes);
	return p;
}

void race_arena_reset(struct race_arena *a)
{
	a->cur = a->first;
	a->used = 0;
}

void race_arena_exit(struct race_arena *a)
{
	while (a->first) {
		struct race_block *b = a->first;

		a->first = b->next;
		free(b);
	}
}

bool race_map_init(struct race_map *m)
{
	m->cap = 256;
	m->gen = 1;
	m->slot = calloc(m->cap, sizeof(*m->slot));
	return m->slot != NULL;
}

void race_map_reset(struct race_map *m)
{
	m->nr = 0;
	if (unlikely(++m->gen == 0)) {
		memset(m->slot, 0, m->cap * sizeof(*m->slot));
		m->gen = 1;
	}
}

static struct race_slot *slot_of(const struct race_map *m, u64 key)
{
	u32 i = (u32)(prng_mix(key) & (m->cap - 1));

	while (m->slot[i].gen == m->gen && m->slot[i].key != key)
		i = (i + 1) & (m->cap - 1);
	return &m->slot[i];
}

void *race_map_find(const struct race_map *m, u64 key)
{
	const struct race_slot *s = slot_of(m, key);

	return s->gen == m->gen ? s->value : NULL;
}

static void map_grow(struct race_map *m)
{
	struct race_map big = {.cap = 2 * m->cap, .gen = 1};

	big.slot = host_alloc(big.cap * sizeof(*big.slot));
	for (u32 i = 0; i < m->cap; i++) {
		if (m->slot[i].gen == m->gen)
			race_map_add(&big, m->slot[i].key, m->slot[i].value);
	}
	free(m->slot);
	*m = big;
}

void race_map_add(struct race_map *m, u64 key, void *value)
{
	if (2 * m->nr >= m->cap)
		map_grow(m);
	*slot_of(m, key) = (struct race_slot){.key = key, .value = value, .gen = m->gen};
	m->nr++;
}

/* ---- contexts -------------------------------------------------------------------------- */

static u64 hash_more(u64 h, u64 v)
{
	return (h ^ v) * 0x9fb21c651e98df25ull;
}

/* Of addresses of names: only looked up by, never seen. */
static u64 context_hash(const struct task *me, enum race_access how, const char *what)
{
	u64 h = hash_more((uintptr_t)what, me->id | (u64)me->cpu << 32);

	h = hash_more(h, how | (u64)me->op_line << 8);
	for (u32 i = 0; i < me->nr_frames; i++)
		h = hash_more(h, (uintptr_t)me->frame[i]);
	for (u32 i = 0; i < me->nr_held; i++)
		h = hash_more(h, me->held[i].class->id | (u64)me->held[i].id << 8 |
					 (u64)me->held[i].mode << 40);
	return h ^ h >> 29;
}

static bool context_is(const struct race_context *c, const struct task *me, enum race_access how,
		       const char *what)
{
	if (c->task != me->id || c->cpu != me->cpu || c->how != how || c->what != what ||
	    c->line != me->op_line || c->nr_frames != me->nr_frames ||
	    c->nr_held + (u32)c->more_held > me->nr_held)
		return false;
	for (u32 i = 0; i < c->nr_held; i++) {
		if (c->held[i].class != me->held[i].class || c->held[i].id != me->held[i].id ||
		    c->held[i].mode != me->held[i].mode)
			return false;
	}
	return memcmp(c->frame, me->frame, me->nr_frames * sizeof(me->frame[0])) == 0;
}

static struct race_context *context_make(struct race_detector *d, const struct task *me, u32 bytes,
					 enum race_access how, const char *what)
{
	struct race_context *c =
		race_alloc(&d->arena, sizeof(*c) + me->nr_frames * sizeof(c->frame[0]));

	c->what = what;
	c->bytes = bytes;
	c->task = me->id;
	c->cpu = me->cpu;
	c->line = me->op_line;
	c->how = (u8)how;
	c->nr_frames = (u8)me->nr_frames;
	c->nr_held = (u8)min(me->nr_held, (u32)RACE_MAX_HELD);
	c->more_held = me->nr_held > RACE_MAX_HELD;
	for (u32 i = 0; i < c->nr_held; i++)
		c->held[i] = (struct race_held){.class = me->held[i].class,
						.id = me->held[i].id,
						.mode = me->held[i].mode};
	memcpy(c->frame, me->frame, me->nr_frames * sizeof(me->frame[0]));
	return c;
}

struct race_context *race_context(struct race_detector *d, struct task *me, u32 bytes,
				  enum race_access how, const char *what)
{
	u64 hash = context_hash(me, how, what);
	struct race_context *c = race_map_find(&d->contexts, hash), *last = NULL;

	for (; c; last = c, c = c->next) {
		if (likely(context_is(c, me, how, what)))
			return c;
	}
	c = context_make(d, me, bytes, how, what);
	if (last)
		last->next = c;
	else
		race_map_add(&d->contexts, hash, c);
	return c;
}
