// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/region.c - chunks of the small-block allocator, and the pool that keeps them.
 *
 * Invariants: see region.h.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

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
		if (c->huge) {
			munmap(c, REGION_HUGE_BYTES);
		} else if (r->pool && r->pool->nr < POOL_MAX_CHUNKS) {
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

void *region_zero(void *p, size_t bytes)
{
	return memset(p, 0, bytes);
}

static struct region_chunk *chunk_small(struct region *r)
{
	struct region_chunk *c;

	if (r->pool && r->pool->chunks) {
		c = r->pool->chunks;
		r->pool->chunks = c->next;
		r->pool->nr--;
		return c;
	}
	c = malloc(REGION_CHUNK_BYTES);
	if (c)
		c->huge = false;
	return c;
}

/* Aligned to its size, so that one huge page can back it. */
static struct region_chunk *chunk_huge(void)
{
	size_t bytes = REGION_HUGE_BYTES, head;
	struct region_chunk *c;
	char *p, *at;

	p = mmap(NULL, 2 * bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	at = (char *)ALIGN_UP((uintptr_t)p, (uintptr_t)bytes);
	head = (size_t)(at - p);
	if (head)
		munmap(p, head);
	munmap(at + bytes, bytes - head);
	madvise(at, bytes, MADV_HUGEPAGE); /* a wish */
	c = (struct region_chunk *)at;
	c->huge = true;
	return c;
}

/**
 * region_refill - go on in a new chunk; the rest of the old one is lost.
 *
 * Return: false if the host has no memory left.
 */
bool region_refill(struct region *r)
{
	bool huge = r->nr_chunks >= REGION_HUGE_AFTER;
	struct region_chunk *c = huge ? chunk_huge() : chunk_small(r);

	if (!c)
		return false;
	c->next = r->chunks;
	r->chunks = c;
	r->nr_chunks++;
	r->zeroed = huge;
	r->at = (char *)(c + 1);
	r->end = (char *)c + (huge ? REGION_HUGE_BYTES : REGION_CHUNK_BYTES);
	return true;
}
