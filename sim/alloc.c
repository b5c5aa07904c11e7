// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/alloc.c - the simulation's own memory.
 *
 * With jemalloc every simulation has an arena of its own, and sim_destroy() drops it whole.
 * Without (sanitizers, or configured so) plain malloc serves, and a list through the blocks'
 * headers lets sim_destroy() free what is left.  Which of the two is fixed at build time, so a
 * block is always freed by the allocator that made it.
 *
 * Invariants: bytes_live is the sum of the sizes handed out and not freed; the caller passes the
 * same size to sim_free() as to sim_alloc().
 */
#include <stdlib.h>
#include <string.h>

#include "sim/core.h"

#ifdef GMEMSIM_JEMALLOC
#include <jemalloc/jemalloc.h>

struct arena {
	/* constant during a run */
	unsigned int index;
	unsigned int tcache; /* virtual engine only: it has one thread */
	int flags;
};

int sim_arena_init(struct sim *sim)
{
	struct arena *a = calloc(1, sizeof(*a));
	size_t len = sizeof(a->index);

	if (!a)
		return -ENOMEM;
	if (mallctl("arenas.create", &a->index, &len, NULL, 0))
		goto out_free;
	a->flags = MALLOCX_ARENA(a->index) | MALLOCX_TCACHE_NONE;
	len = sizeof(a->tcache);
	if (sim->is_virtual) {
		if (mallctl("tcache.create", &a->tcache, &len, NULL, 0))
			goto out_free;
		a->flags = MALLOCX_ARENA(a->index) | MALLOCX_TCACHE(a->tcache);
	}
	sim->arena = a;
	return 0;
out_free:
	free(a);
	return -ENOMEM;
}

static int arena_ctl(const char *what, unsigned int index)
{
	size_t mib[3], len = ARRAY_SIZE(mib);

	if (mallctlnametomib(what, mib, &len))
		return -EINVAL;
	mib[1] = index;
	return -mallctlbymib(mib, len, NULL, NULL, NULL, 0);
}

void sim_arena_exit(struct sim *sim)
{
	struct arena *a = sim->arena;

	if (!a)
		return;
	if (sim->is_virtual)
		mallctl("tcache.destroy", NULL, NULL, &a->tcache, sizeof(a->tcache));
	SIM_ASSERT(arena_ctl("arena.0.destroy", a->index) == 0);
	free(a);
	sim->arena = NULL;
}

static void *block_alloc(struct sim *sim, size_t bytes, bool zero)
{
	const struct arena *a = sim->arena;

	return mallocx(bytes, a->flags | (zero ? MALLOCX_ZERO : 0));
}

static void block_free(struct sim *sim, void *p, size_t bytes)
{
	const struct arena *a = sim->arena;

	sdallocx(p, bytes, a->flags);
}

#else

struct block {
	/* protected by sim->guard */
	struct list_head node;
} __attribute__((aligned(16)));

int sim_arena_init(struct sim *sim)
{
	struct list_head *blocks = malloc(sizeof(*blocks));

	if (!blocks)
		return -ENOMEM;
	INIT_LIST_HEAD(blocks);
	sim->arena = blocks;
	return 0;
}

void sim_arena_exit(struct sim *sim)
{
	struct list_head *blocks = sim->arena;

	if (!blocks)
		return;
	while (!list_empty(blocks)) {
		struct block *b = list_first_entry(blocks, struct block, node);

		list_del_init(&b->node);
		free(b);
	}
	free(blocks);
	sim->arena = NULL;
}

static void *block_alloc(struct sim *sim, size_t bytes, bool zero)
{
	struct block *b;

	if (bytes > SIZE_MAX - sizeof(*b))
		return NULL;
	b = zero ? calloc(1, sizeof(*b) + bytes) : malloc(sizeof(*b) + bytes);
	if (!b)
		return NULL;
	sim_guard_lock(sim, &sim->guard);
	list_add_tail(&b->node, sim->arena);
	sim_guard_unlock(sim, &sim->guard);
	return b + 1;
}

static void block_free(struct sim *sim, void *p, size_t bytes)
{
	struct block *b = (struct block *)p - 1;

	sim_guard_lock(sim, &sim->guard);
	list_del_init(&b->node);
	sim_guard_unlock(sim, &sim->guard);
	free(b);
}

#endif

static void *counted_alloc(struct sim *sim, size_t bytes, bool zero)
{
	void *p;

	bytes = max(bytes, (size_t)1);
	p = block_alloc(sim, bytes, zero);
	if (!p)
		sim_bug(sim, __FILE__, __LINE__, "out of memory");
	sim_guard_lock(sim, &sim->guard);
	sim->nr_allocs++;
	sim->bytes_live += bytes;
	if (sim->bytes_live > sim->bytes_max)
		sim->bytes_max = sim->bytes_live;
	sim_guard_unlock(sim, &sim->guard);
	return p;
}

/**
 * sim_alloc - memory that lives as long as the simulation, or until sim_free().
 *
 * Context: any; never a scheduling point.  Modelled allocations that may sleep or fail are the
 * model's business.
 * Return: the memory, never NULL (the host running out of memory ends the process).
 */
void *sim_alloc(struct sim *sim, size_t bytes)
{
	return counted_alloc(sim, bytes, false);
}

/**
 * sim_zalloc - sim_alloc(), zeroed.
 */
void *sim_zalloc(struct sim *sim, size_t bytes)
{
	return counted_alloc(sim, bytes, true);
}

/**
 * sim_free - give memory back.
 * @bytes: the size it was allocated with
 *
 * Context: any.  NULL is fine.  With checks on, the contents are overwritten.
 */
void sim_free(struct sim *sim, void *p, size_t bytes)
{
	if (!p)
		return;
	bytes = max(bytes, (size_t)1);
	if (sim->cfg.checks)
		memset(p, 0x6b, bytes);
	sim_guard_lock(sim, &sim->guard);
	SIM_ASSERT(sim->bytes_live >= bytes);
	sim->nr_frees++;
	sim->bytes_live -= bytes;
	sim_guard_unlock(sim, &sim->guard);
	block_free(sim, p, bytes);
}
