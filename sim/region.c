// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/region.c - chunks of the small-block allocator, and the pool that keeps them.
 *
 * Invariants: see region.h.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/region.h"

#define POOL_MAX_CHUNKS 64 /* 8 MiB; what a big simulation used beyond goes back to the system */

void region_init(struct region *r, struct chunk_pool *pool)
{
	memset(r, 0, sizeof(*r));
	r->pool = pool;
}

void region_exit(struct region *r)
{
	while (r->chunks) {
		struct region_chunk *c = r->chunks;

		r->chunks = c->next;
		if (r->pool && r->pool->nr < POOL_MAX_CHUNKS) {
			c->next = r->pool->chunks;
			r->pool->chunks = c;
			r->pool->nr++;
		} else {
			free(c);
		}
	}
}

void chunk_pool_exit(struct chunk_pool *pool)
{
	while (pool->chunks) {
		struct region_chunk *c = pool->chunks;

		pool->chunks = c->next;
		free(c);
	}
	pool->nr = 0;
}

static struct region_chunk *chunk_get(struct region *r)
{
	struct region_chunk *c;

	if (!r->pool || !r->pool->chunks)
		return malloc(REGION_CHUNK_BYTES);
	c = r->pool->chunks;
	r->pool->chunks = c->next;
	r->pool->nr--;
	return c;
}

/**
 * region_refill - a block of @bytes from a new chunk; the rest of the old one is lost.
 *
 * Return: the block, or NULL if the host has no memory left.
 */
void *region_refill(struct region *r, size_t bytes)
{
	struct region_chunk *c = chunk_get(r);

	if (!c)
		return NULL;
	c->next = r->chunks;
	r->chunks = c;
	r->at = (char *)(c + 1) + bytes;
	r->end = (char *)c + REGION_CHUNK_BYTES;
	return c + 1;
}
