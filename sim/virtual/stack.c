// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/virtual/stack.c - pool of coroutine stacks, mapped in slabs.
 *
 * Invariants: see stack.h.  Slabs are unmapped with the pool and never before.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "sim/virtual/stack.h"

#ifdef GMEMSIM_VALGRIND
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(low, high) 0
#define VALGRIND_STACK_DEREGISTER(id)	   ((void)(id))
#endif

#define GUARD_BYTES 4096u
#define SLAB_STACKS 16u
#define COLOURS	    64u /* cache lines of a page */
#define CACHE_LINE  64u

struct slab {
	/* constant */
	struct slab *next;
	char *map;
	struct stack stack[SLAB_STACKS];
};

struct stack_pool {
	/* written by the simulation that uses the pool */
	struct slab *slabs;
	struct stack *free;
	u32 nr_stacks;
};

struct stack_pool *stack_pool_create(void)
{
	return calloc(1, sizeof(struct stack_pool));
}

void stack_pool_destroy(struct stack_pool *pool)
{
	if (!pool)
		return;
	while (pool->slabs) {
		struct slab *s = pool->slabs;

		pool->slabs = s->next;
		for (u32 i = 0; i < SLAB_STACKS; i++)
			VALGRIND_STACK_DEREGISTER(s->stack[i].valgrind_id);
		munmap(s->map, (size_t)SLAB_STACKS * STACK_BYTES);
		free(s);
	}
	free(pool);
}

static int slab_add(struct stack_pool *pool)
{
	struct slab *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->map = mmap(NULL, (size_t)SLAB_STACKS * STACK_BYTES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (s->map == MAP_FAILED) {
		free(s);
		return -ENOMEM;
	}
	s->next = pool->slabs;
	pool->slabs = s;
	for (u32 i = SLAB_STACKS; i-- > 0;) {
		struct stack *st = &s->stack[i];
		char *base = s->map + (size_t)i * STACK_BYTES;
		/* 5 is odd: neighbours get lines far apart, and 64 stacks use all 64 of them */
		size_t colour = (pool->nr_stacks + i) * 5 % COLOURS * CACHE_LINE;

		/* without a guard page when the system has no mapping left for it */
		(void)!mprotect(base, GUARD_BYTES, PROT_NONE);
		st->low = base + GUARD_BYTES;
		st->size = STACK_BYTES - GUARD_BYTES - colour;
		st->valgrind_id = VALGRIND_STACK_REGISTER(st->low, base + STACK_BYTES);
		st->next = pool->free;
		pool->free = st;
	}
	pool->nr_stacks += SLAB_STACKS;
	return 0;
}

struct stack *stack_get(struct stack_pool *pool)
{
	struct stack *st;

	if (!pool->free && slab_add(pool))
		return NULL;
	st = pool->free;
	pool->free = st->next;
	st->next = NULL;
	return st;
}

void stack_put(struct stack_pool *pool, struct stack *stack)
{
	stack->next = pool->free;
	pool->free = stack;
}
