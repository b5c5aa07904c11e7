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

/* Down to @last, which stays. */
static void chunks_drop(struct region *r, const struct region_chunk *last)
{
	while (r->chunks != last) {
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

void region_exit(struct region *r)
{
	chunks_drop(r, NULL);
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
	if (r->chunks)
		r->chunks->used = r->at;
	c->next = r->chunks;
	r->chunks = c;
	r->nr_chunks++;
	r->zeroed = huge;
	r->at = (char *)(c + 1);
	r->end = (char *)c + (huge ? REGION_HUGE_BYTES : REGION_CHUNK_BYTES);
	return true;
}

/* --- to be what it was --- */

static bool part_add(struct region_save *s, char *at, size_t bytes)
{
	if (!bytes)
		return true;
	if (s->nr_parts == s->cap_parts) {
		u32 cap = s->cap_parts ? 2 * s->cap_parts : 32;
		struct region_part *part = realloc(s->part, cap * sizeof(*part));

		if (!part)
			return false;
		s->part = part;
		s->cap_parts = cap;
	}
	s->part[s->nr_parts++] = (struct region_part){.at = at, .bytes = bytes};
	return true;
}

bool region_save_init(struct region_save *s, const struct region *r)
{
	memset(s, 0, sizeof(*s));
	s->region = *r;
	for (struct region_chunk *c = r->chunks; c; c = c->next) {
		char *used = c == r->chunks ? r->at : c->used;

		if (!part_add(s, (char *)(c + 1), (size_t)(used - (char *)(c + 1))))
			return false;
	}
	return true;
}

/* Context: [@from, @to) lies inside one block. */
bool region_save_skip(struct region_save *s, const void *from, const void *to)
{
	for (u32 i = 0; i < s->nr_parts; i++) {
		struct region_part *p = &s->part[i];
		char *end = p->at + p->bytes;

		if ((const char *)from < p->at || (const char *)to > end)
			continue;
		p->bytes = (size_t)((const char *)from - p->at);
		return part_add(s, (char *)to, (size_t)(end - (const char *)to));
	}
	return true;
}

size_t region_save_bytes(const struct region_save *s)
{
	size_t bytes = 0;

	for (u32 i = 0; i < s->nr_parts; i++)
		bytes += s->part[i].bytes;
	return bytes;
}

bool region_save_copy(struct region_save *s)
{
	char *copy = malloc(region_save_bytes(s) + 1);

	if (!copy)
		return false;
	s->copies = copy;
	for (u32 i = 0; i < s->nr_parts; i++) {
		s->part[i].copy = memcpy(copy, s->part[i].at, s->part[i].bytes);
		copy += s->part[i].bytes;
	}
	return true;
}

void region_save_exit(struct region_save *s)
{
	free(s->part);
	free(s->copies);
	memset(s, 0, sizeof(*s));
}

void region_restore(struct region *r, const struct region_save *s)
{
	chunks_drop(r, s->region.chunks);
	*r = s->region;
	r->zeroed = false; /* somebody may have been there */
	for (u32 i = 0; i < s->nr_parts; i++)
		memcpy(s->part[i].at, s->part[i].copy, s->part[i].bytes);
}
