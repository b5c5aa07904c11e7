/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/region.h - small blocks for one thread: carved from chunks, recycled by size, dropped whole.
 *
 * A simulation in the virtual engine makes and frees small objects all the time, and exploration
 * makes whole simulations by the hundred thousand.  Both are cheap here: a block is taken from a
 * list of its size or from the end of a chunk, and all chunks go back to the pool at once.  A
 * simulation that grows gets large chunks straight from the system: huge pages, known to be zero.
 *
 * Invariants: a block is lent or on the free list of its size; a chunk is never returned before
 * region_exit(), or region_restore() to a time when the region did not have it.
 */
#ifndef SIM_REGION_H
#define SIM_REGION_H

#include "sim/types.h"

#define REGION_MAX_BLOCK   16384u
#define REGION_FINE	   1024u /* up to here sizes are multiples of 16 */
#define REGION_NR_SIZES	   (REGION_FINE / 16 + 1 + 16)
#define REGION_CHUNK_BYTES (128u * 1024)
#define REGION_HUGE_BYTES  (2u * 1024 * 1024)
#define REGION_HUGE_AFTER  32 /* small chunks */

struct region_chunk {
	/* written by the region, or by the pool that has it */
	struct region_chunk *next;
	char *used; /* where blocks end; of all chunks but the region's first */
	bool huge;
} __attribute__((aligned(16)));

/* Chunks that wait for the next simulation. */
struct chunk_pool {
	/* written by the simulation that uses the pool */
	struct region_chunk *chunks;
	u32 nr;
};

struct region {
	/* written by the simulation that owns the region */
	char *at, *end; /* free part of the current chunk */
	bool zeroed;	/* that part is known to be zero */
	u32 nr_chunks;
	struct region_chunk *chunks;
	struct chunk_pool *pool; /* or NULL */
	void *free[REGION_NR_SIZES];
};

/* Bytes that are the same again after region_restore(). */
struct region_part {
	/* constant */
	char *at;
	size_t bytes;
	char *copy;
};

/* What a region was like. */
struct region_save {
	/* constant until region_save_exit() */
	struct region region;
	struct region_part *part;
	u32 nr_parts, cap_parts;
	char *copies;
};

void region_init(struct region *r, struct chunk_pool *pool);
void region_exit(struct region *r);
void chunk_pool_exit(struct chunk_pool *pool);

/**
 * region_save_init, region_save_skip, region_save_copy - remember a region: first what it has in
 * use, then what of that need not be remembered, then the contents.
 *
 * Return: false if the host has no memory left; region_save_exit() is due then, too.
 */
bool region_save_init(struct region_save *s, const struct region *r);
bool region_save_skip(struct region_save *s, const void *from, const void *to);
bool region_save_copy(struct region_save *s);
void region_save_exit(struct region_save *s);
size_t region_save_bytes(const struct region_save *s);

/**
 * region_restore - every block lent then is lent again, at its place and with its contents.
 *
 * Blocks made since are gone.
 */
void region_restore(struct region *r, const struct region_save *s);

bool region_refill(struct region *r);
void *region_zero(void *p, size_t bytes);

/* The size class of @bytes, and in @*rounded the size of its blocks. */
static inline u32 region_size(size_t bytes, size_t *rounded)
{
	u32 octave, step;

	if (likely(bytes <= REGION_FINE)) {
		*rounded = ALIGN_UP(bytes, (size_t)16);
		return (u32)(*rounded / 16);
	}
	octave = 63u - (u32)__builtin_clzll(bytes - 1); /* 10..13: four sizes in each */
	step = (u32)((bytes - 1) >> (octave - 2)) & 3;
	*rounded = ((size_t)step + 5) << (octave - 2);
	return REGION_FINE / 16 + 1 + (octave - 10) * 4 + step;
}

/* Return: @bytes <= REGION_MAX_BLOCK of memory, zero if @zero, or NULL. */
static inline void *region_alloc(struct region *r, size_t bytes, bool zero)
{
	size_t rounded;
	u32 size = region_size(bytes, &rounded);
	void *p = r->free[size];

	if (likely(p)) {
		r->free[size] = *(void **)p;
		return zero ? region_zero(p, bytes) : p;
	}
	if (unlikely((size_t)(r->end - r->at) < rounded) && !region_refill(r))
		return NULL;
	p = r->at;
	r->at += rounded;
	return zero && !r->zeroed ? region_zero(p, bytes) : p;
}

static inline void region_free(struct region *r, void *p, size_t bytes)
{
	size_t rounded;
	u32 size = region_size(bytes, &rounded);

	*(void **)p = r->free[size];
	r->free[size] = p;
}

#endif
