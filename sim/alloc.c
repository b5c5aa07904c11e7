// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/alloc.c - the simulation's own memory.
 *
 * Small blocks of the virtual engine come from a region (region.h).  All others come from an arena
 * of the simulation's own where jemalloc is there, and from malloc with a list through the blocks'
 * headers where it is not; either way sim_destroy() drops what is left.  Builds with sanitizers
 * take every block from malloc, so that the sanitizer sees each.
 *
 * Invariants: which allocator a block comes from follows from its size, the engine and the build,
 * so it is freed by the one that made it; bytes_live is the sum of the sizes handed out and not
 * freed; the caller passes the same size to sim_free() as to sim_alloc().
 */
#include <stdlib.h>
#include <string.h>

#include "sim/core.h"
#include "sim/race.h"

#ifdef GMEMSIM_JEMALLOC
#include <jemalloc/jemalloc.h>
#endif

/* More large blocks than a simulation has that is worth a checkpoint. */
#define MAX_NOTED 64

/* A block that is not the region's. */
struct large_block {
	/* written by the virtual engine's one thread */
	void *p;
	size_t bytes;
	char *copy; /* what it was like at the checkpoint */
};

struct arena {
	/* written by the virtual engine's one thread */
	struct region region;
	struct large_block *noted; /* all there are */
	u32 nr_noted, cap_noted;
	u32 nr_kept;	/* of these existed at the checkpoint and stay, even if freed */
	bool uncounted; /* there were too many */
	bool saved;
	struct region_save save;
	/* written when the first large block is made, or at set-up on threads */
	bool large;
	unsigned int index;
	int flags;
	/* protected by sim->guard */
	struct list_head blocks;
};

#ifdef GMEMSIM_SANITIZE
#define SMALL_BLOCKS false
#else
#define SMALL_BLOCKS true
#endif

/* Does a block of that size come from the region? */
static inline bool is_small(const struct sim *sim, size_t bytes)
{
	return SMALL_BLOCKS && sim->is_virtual && bytes <= REGION_MAX_BLOCK;
}

#ifdef GMEMSIM_JEMALLOC

static int large_init(struct arena *a)
{
	size_t len = sizeof(a->index);

	if (mallctl("arenas.create", &a->index, &len, NULL, 0))
		return -ENOMEM;
	a->flags = MALLOCX_ARENA(a->index) | MALLOCX_TCACHE_NONE;
	a->large = true;
	return 0;
}

static void large_exit(struct arena *a)
{
	size_t mib[3], len = ARRAY_SIZE(mib);

	if (!a->large)
		return;
	SIM_ASSERT(mallctlnametomib("arena.0.destroy", mib, &len) == 0);
	mib[1] = a->index;
	SIM_ASSERT(mallctlbymib(mib, len, NULL, NULL, NULL, 0) == 0);
}

static void *large_alloc(struct sim *sim, size_t bytes, bool zero)
{
	struct arena *a = sim->arena;

	/* an arena costs as much as a small simulation: make it when it is wanted */
	if (unlikely(!a->large) && large_init(a))
		return NULL;
	return mallocx(bytes, a->flags | (zero ? MALLOCX_ZERO : 0));
}

static void large_free(struct sim *sim, void *p, size_t bytes)
{
	const struct arena *a = sim->arena;

	sdallocx(p, bytes, a->flags);
}

#else

struct block {
	/* protected by sim->guard */
	struct list_head node;
} __attribute__((aligned(16)));

static int large_init(struct arena *a)
{
	return 0;
}

static void large_exit(struct arena *a)
{
	while (!list_empty(&a->blocks)) {
		struct block *b = list_first_entry(&a->blocks, struct block, node);

		list_del_init(&b->node);
		free(b);
	}
}

static void *large_alloc(struct sim *sim, size_t bytes, bool zero)
{
	struct arena *a = sim->arena;
	struct block *b;

	if (bytes > SIZE_MAX - sizeof(*b))
		return NULL;
	b = zero ? calloc(1, sizeof(*b) + bytes) : malloc(sizeof(*b) + bytes);
	if (!b)
		return NULL;
	sim_guard_lock(sim, &sim->guard);
	list_add_tail(&b->node, &a->blocks);
	sim_guard_unlock(sim, &sim->guard);
	return b + 1;
}

static void large_free(struct sim *sim, void *p, size_t bytes)
{
	struct block *b = (struct block *)p - 1;

	sim_guard_lock(sim, &sim->guard);
	list_del_init(&b->node);
	sim_guard_unlock(sim, &sim->guard);
	free(b);
}

#endif

int sim_arena_init(struct sim *sim)
{
	struct sim_pool *pool = sim->cfg.pool;
	struct arena *a = malloc(sizeof(*a));

	if (!a)
		return -ENOMEM;
	memset(a, 0, sizeof(*a));
	region_init(&a->region, pool ? &pool->chunks : NULL);
	INIT_LIST_HEAD(&a->blocks);
	if (!sim->is_virtual && large_init(a)) {
		free(a);
		return -ENOMEM;
	}
	sim->arena = a;
	return 0;
}

void sim_arena_exit(struct sim *sim)
{
	struct arena *a = sim->arena;

	if (!a)
		return;
	for (u32 i = 0; i < a->nr_kept; i++)
		free(a->noted[i].copy);
	free(a->noted);
	region_save_exit(&a->save);
	region_exit(&a->region);
	large_exit(a);
	free(a);
	sim->arena = NULL;
}

/* --- large blocks, for checkpoints --- */

static __attribute__((noinline)) void *noted_alloc(struct sim *sim, size_t bytes, bool zero)
{
	struct arena *a = sim->arena;
	void *p = large_alloc(sim, bytes, zero);

	if (!p || !sim->is_virtual || a->uncounted)
		return p;
	if (a->nr_noted == MAX_NOTED && !a->saved) {
		a->uncounted = true;
		return p;
	}
	if (a->nr_noted == a->cap_noted) {
		u32 cap = a->cap_noted ? 2 * a->cap_noted : 16;
		struct large_block *noted = realloc(a->noted, cap * sizeof(*noted));

		if (!noted) {
			large_free(sim, p, bytes);
			return NULL;
		}
		a->noted = noted;
		a->cap_noted = cap;
	}
	a->noted[a->nr_noted++] = (struct large_block){.p = p, .bytes = bytes};
	return p;
}

static __attribute__((noinline)) void noted_free(struct sim *sim, void *p, size_t bytes)
{
	struct arena *a = sim->arena;

	for (u32 i = a->nr_noted; sim->is_virtual && !a->uncounted && i-- > 0;) {
		if (a->noted[i].p != p)
			continue;
		if (i < a->nr_kept)
			return;
		a->noted[i] = a->noted[--a->nr_noted];
		break;
	}
	large_free(sim, p, bytes);
}

static int large_save(struct arena *a)
{
	a->nr_kept = a->nr_noted;
	for (u32 i = 0; i < a->nr_kept; i++) {
		struct large_block *b = &a->noted[i];

		b->copy = malloc(b->bytes);
		if (!b->copy)
			return -ENOMEM;
		memcpy(b->copy, b->p, b->bytes);
	}
	return 0;
}

/* Bytes that a task never reads before it has written them, and those behind it in its block. */
static bool skip_task(struct region_save *s, const struct task *t)
{
	size_t bytes = t->sim->ops->task_size, rounded;

	region_size(bytes, &rounded);
	return region_save_skip(s, &t->held, &t->outer_steps + 1) &&
	       region_save_skip(s, (const char *)t + bytes, (const char *)t + rounded);
}

static bool skip_all(struct region_save *s, const struct sim *sim)
{
	bool ok = region_save_skip(s, sim->ops_stat + sim->nr_ops_stat,
				   sim->ops_stat + SIM_MAX_OPS);

	for (u32 i = 0; ok && i < sim->nr_tasks; i++)
		ok = skip_task(s, sim->tasks[i]);
	for (const struct sim_scratch *x = sim->scratch; ok && x; x = x->next)
		ok = region_save_skip(s, x->p, (char *)x->p + x->bytes);
	return ok;
}

/**
 * sim_arena_save - remember all blocks and their contents.
 *
 * Return: 0, -EOPNOTSUPP where that cannot be, -E2BIG if there is too much, -ENOMEM.
 */
int sim_arena_save(struct sim *sim)
{
	struct arena *a = sim->arena;

	if (!SMALL_BLOCKS || !sim->is_virtual)
		return -EOPNOTSUPP;
	if (a->uncounted)
		return -E2BIG;
	if (!region_save_init(&a->save, &a->region) || !skip_all(&a->save, sim) ||
	    !region_save_copy(&a->save))
		return -ENOMEM;
	a->saved = true;
	return large_save(a);
}

void sim_arena_restore(struct sim *sim)
{
	struct arena *a = sim->arena;

	while (a->nr_noted > a->nr_kept) {
		struct large_block *b = &a->noted[--a->nr_noted];

		large_free(sim, b->p, b->bytes);
	}
	for (u32 i = 0; i < a->nr_kept; i++)
		memcpy(a->noted[i].p, a->noted[i].copy, a->noted[i].bytes);
	region_restore(&a->region, &a->save);
}

/* --- all blocks --- */

static inline void *block_alloc(struct sim *sim, size_t bytes, bool zero)
{
	struct arena *a = sim->arena;

	if (unlikely(!is_small(sim, bytes)))
		return noted_alloc(sim, bytes, zero);
	return region_alloc(&a->region, bytes, zero);
}

static __attribute__((cold, noinline)) void out_of_memory(const struct sim *sim)
{
	if (sim->cfg.out_of_memory)
		sim->cfg.out_of_memory(sim);
	sim_bug((struct sim *)sim, __FILE__, __LINE__, "out of memory");
}

static inline void *counted_alloc(struct sim *sim, size_t bytes, bool zero)
{
	void *p;

	bytes = max(bytes, (size_t)1);
	p = block_alloc(sim, bytes, zero);
	if (unlikely(!p))
		out_of_memory(sim);
	sim_guard_lock(sim, &sim->guard);
	sim->nr_allocs++;
	sim->bytes_live += bytes;
	if (sim->bytes_live > sim->bytes_max)
		sim->bytes_max = sim->bytes_live;
	if (unlikely(sim->bytes_live > sim->bytes_limit))
		out_of_memory(sim);
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
	race_forget(sim, p, bytes);
	if (sim->cfg.checks)
		memset(p, 0x6b, bytes);
	sim_guard_lock(sim, &sim->guard);
	SIM_ASSERT(sim->bytes_live >= bytes);
	sim->nr_frees++;
	sim->bytes_live -= bytes;
	sim_guard_unlock(sim, &sim->guard);
	if (likely(is_small(sim, bytes))) {
		struct arena *a = sim->arena;

		region_free(&a->region, p, bytes);
	} else {
		noted_free(sim, p, bytes);
	}
}
