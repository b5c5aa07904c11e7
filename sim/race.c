// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/race.c - which accesses are ordered: vector clocks, and epochs where one task is enough.
 *
 * Each task has a vector clock; its own entry goes up with each release.  An access is remembered
 * as its task and that entry, so "was it before me?" is one comparison.  For each field the last
 * plain write is remembered; of reads and marked writes, which may be many side by side, the last
 * one as long as they follow one another, and the last of each task from then on (FastTrack).  A
 * plain write that comes after all of them makes them all of no account: who races with one of them
 * and not with the write comes after the write, and so after them.
 *
 * Invariants:
 *  - an entry of somebody else's in my clock is one that he has released;
 *  - what is in a field's history is not known to be ordered before all that may still come.
 *
 * Upstream: Flanagan, Freund: FastTrack, PLDI 2009
 */
#include <stdlib.h>
#include <string.h>

#include "sim/prng.h"
#include "sim/race_internal.h"

/* Kinds of access that one of this kind races with. */
static const u8 races_with[RACE_NR] = {
	[RACE_READ] = BIT(RACE_WRITE) | BIT(RACE_MARKED_WRITE),
	[RACE_WRITE] = BIT(RACE_READ) | BIT(RACE_WRITE) | BIT(RACE_MARKED_WRITE),
	[RACE_MARKED_WRITE] = BIT(RACE_READ) | BIT(RACE_WRITE),
	[RACE_MARKED_RMW] = BIT(RACE_READ) | BIT(RACE_WRITE),
};

/* ---- life ------------------------------------------------------------------------------ */

int race_init(struct sim *sim)
{
	struct race_detector *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	sim->races = d;
	if (race_map_init(&d->cells) && race_map_init(&d->locks) && race_map_init(&d->contexts))
		return 0;
	race_exit(sim);
	return -ENOMEM;
}

void race_exit(struct sim *sim)
{
	struct race_detector *d = sim->races;

	if (!d)
		return;
	race_arena_exit(&d->arena);
	free(d->cells.slot);
	free(d->locks.slot);
	free(d->contexts.slot);
	free(d);
	sim->races = NULL;
}

static u32 *clock_new(struct race_detector *d)
{
	return race_alloc(&d->arena, d->nr_tasks * sizeof(u32));
}

void race_begin(struct sim *sim)
{
	struct race_detector *d = sim->races;

	race_arena_reset(&d->arena);
	race_map_reset(&d->cells);
	race_map_reset(&d->locks);
	race_map_reset(&d->contexts);
	memset(d->lines, 0, sizeof(d->lines));
	d->nr_reported = 0;
	d->nr_tasks = sim->nr_tasks;
	d->clock = race_alloc(&d->arena, d->nr_tasks * sizeof(u32 *));
	for (u32 i = 0; i < d->nr_tasks; i++) {
		d->clock[i] = clock_new(d);
		d->clock[i][i] = 1;
	}
}

/* ---- order ----------------------------------------------------------------------------- */

static inline void join(const struct race_detector *d, u32 *to, const u32 *from)
{
	for (u32 i = 0; i < d->nr_tasks; i++)
		to[i] = max(to[i], from[i]);
}

static inline u32 line_bit(const void *p)
{
	return (u32)(prng_mix((uintptr_t)p >> RACE_LINE_SHIFT) % RACE_LINES);
}

static inline void line_note(struct race_detector *d, const void *p)
{
	u32 bit = line_bit(p);

	d->lines[bit / 64] |= 1ull << bit % 64;
}

static u64 lock_key(const struct lock_class *class, u32 id)
{
	return 1ull << 63 | (u64)class->id << 32 | id;
}

static void release_to(struct race_detector *d, struct task *me, u32 **to)
{
	u32 *mine = d->clock[me->id];

	if (!*to)
		*to = clock_new(d);
	join(d, *to, mine);
	mine[me->id]++;
}

static struct race_cell *cell_get(struct race_detector *d, const void *p)
{
	struct race_cell *cell = race_map_find(&d->cells, (uintptr_t)p);

	if (likely(cell))
		return cell;
	cell = race_alloc(&d->arena, sizeof(*cell));
	for (u32 i = 0; i < RACE_KINDS; i++)
		cell->of[i].task = RACE_NOBODY;
	race_map_add(&d->cells, (uintptr_t)p, cell);
	line_note(d, p);
	return cell;
}

void __race_acquire(struct task *me, const void *obj)
{
	struct race_detector *d = me->sim->races;
	const struct race_cell *cell = race_map_find(&d->cells, (uintptr_t)obj);

	if (cell && cell->released)
		join(d, d->clock[me->id], cell->released);
}

void __race_release(struct task *me, const void *obj)
{
	struct race_detector *d = me->sim->races;

	release_to(d, me, &cell_get(d, obj)->released);
}

/* What was released at @from so far is all that was at @to. */
void __race_pass(struct sim *sim, const void *from, const void *to)
{
	struct race_detector *d = sim->races;
	struct race_cell *a = cell_get(d, from), *b = cell_get(d, to);

	b->released = NULL;
	if (!a->released)
		return;
	b->released = clock_new(d);
	join(d, b->released, a->released);
}

/* A reader comes after writers, a writer after readers, too. */
void __race_lock_acquired(struct task *me, const struct lock_class *class, u32 id,
			  enum lock_mode mode)
{
	struct race_detector *d = me->sim->races;
	const struct race_lock *l = race_map_find(&d->locks, lock_key(class, id));

	if (!l)
		return;
	if (l->released)
		join(d, d->clock[me->id], l->released);
	if (l->shared && mode == LOCK_WRITE)
		join(d, d->clock[me->id], l->shared);
}

void __race_lock_release(struct task *me, const struct lock_class *class, u32 id,
			 enum lock_mode mode)
{
	struct race_detector *d = me->sim->races;
	struct race_lock *l;

	if (class->flags & LOCKC_WAITQ)
		return;
	l = race_map_find(&d->locks, lock_key(class, id));
	if (!l) {
		l = race_alloc(&d->arena, sizeof(*l));
		race_map_add(&d->locks, lock_key(class, id), l);
	}
	release_to(d, me, mode == LOCK_WRITE ? &l->released : &l->shared);
}

void __race_ipi(struct task *me, struct task *target)
{
	struct race_detector *d = me->sim->races;
	u32 *mine = d->clock[me->id], *its = d->clock[target->id];

	join(d, its, mine);
	mine[me->id]++;
	join(d, mine, its);
	its[target->id]++;
}

/* ---- accesses -------------------------------------------------------------------------- */

/* Report what of @h is not ordered before @me.  Return: was there anything? */
static bool compare(struct task *me, const struct race_history *h, const struct race_context *now)
{
	const struct race_detector *d = me->sim->races;
	const u32 *mine = d->clock[me->id];
	bool raced = false;

	if (h->task == RACE_NOBODY)
		return false;
	if (likely(h->task != RACE_MANY)) {
		raced = h->last.clock > mine[h->task];
		if (unlikely(raced))
			race_report(me, now, h->last.context);
		return raced;
	}
	for (u32 i = 0; i < d->nr_tasks; i++) {
		if (likely(h->all[i].clock <= mine[i]))
			continue;
		race_report(me, now, h->all[i].context);
		raced = true;
	}
	return raced;
}

static void history_add(struct race_detector *d, struct race_history *h, struct task *me,
			const struct race_last *now, bool one)
{
	const u32 *mine = d->clock[me->id];

	if (one || h->task == RACE_NOBODY ||
	    (h->task != RACE_MANY && h->last.clock <= mine[h->task])) {
		h->task = me->id;
		h->last = *now;
		return;
	}
	if (h->task != RACE_MANY) {
		if (!h->all)
			h->all = race_alloc(&d->arena, d->nr_tasks * sizeof(*h->all));
		else
			memset(h->all, 0, d->nr_tasks * sizeof(*h->all));
		h->all[h->task] = h->last;
		h->task = RACE_MANY;
	}
	h->all[me->id] = *now;
}

void __race_access(struct task *me, const void *p, u32 bytes, enum race_access how,
		   const char *what)
{
	struct race_detector *d = me->sim->races;
	const u32 *mine = d->clock[me->id];
	struct race_cell *cell = cell_get(d, p);
	struct race_history *h = &cell->of[min(how, RACE_MARKED_WRITE)];
	struct race_last now = {.clock = mine[me->id]};
	bool raced = false;

	if (how == RACE_WRITE || how == RACE_MARKED_WRITE)
		cell->released = NULL;
	/* whoever came between has been compared with the first of these */
	if (h->task == me->id && h->last.clock == now.clock)
		return;
	now.context = race_context(d, me, bytes, how, what);
	for (u32 kinds = races_with[how]; kinds; kinds &= kinds - 1)
		raced |= compare(me, &cell->of[__builtin_ctz(kinds)], now.context);
	if (how == RACE_WRITE && !raced) {
		cell->of[RACE_READ].task = RACE_NOBODY;
		cell->of[RACE_MARKED_WRITE].task = RACE_NOBODY;
	}
	history_add(d, h, me, &now, how == RACE_WRITE);
}

static void forget_at(struct race_detector *d, const char *p)
{
	struct race_cell *cell = race_map_find(&d->cells, (uintptr_t)p);

	if (!cell)
		return;
	for (u32 i = 0; i < RACE_KINDS; i++)
		cell->of[i].task = RACE_NOBODY;
	cell->released = NULL;
}

/* Most memory has never had a field that anybody looked at: lines say which may have. */
void __race_forget(struct sim *sim, const void *p, size_t bytes)
{
	struct race_detector *d = sim->races;
	const char *at = p, *end = at + bytes;

	while (at < end) {
		const uintptr_t line = (uintptr_t)at >> RACE_LINE_SHIFT;
		const char *next = (const char *)((line + 1) << RACE_LINE_SHIFT);
		u32 bit = line_bit(at);

		next = min(next, end);
		if (!(d->lines[bit / 64] >> bit % 64 & 1))
			at = next;
		for (; at < next; at++)
			forget_at(d, at);
	}
}
