// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/fair.c - the sets of fair scheduling.  Meaning and source: sim/fair.h.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/fair.h"

static u64 *fair_set(const struct fair *f, u32 id, enum fair_set set)
{
	return f->set + ((size_t)id * FAIR_SETS + set) * f->nr_words;
}

void fair_begin(struct fair *f, u32 nr_tasks)
{
	u32 words = (nr_tasks + 63) / 64;
	size_t bytes = ((size_t)nr_tasks * FAIR_SETS + 1) * words * sizeof(u64) +
		       nr_tasks * (sizeof(u32) + sizeof(bool));

	if (unlikely(bytes > f->bytes)) {
		free(f->memory);
		f->memory = malloc(bytes);
		SIM_ASSERT(f->memory);
		f->bytes = bytes;
		f->nr_tasks = 0;
	}
	if (f->nr_tasks != nr_tasks) {
		f->nr_tasks = nr_tasks;
		f->nr_words = words;
		f->set = f->memory;
		f->before = f->set + (size_t)nr_tasks * FAIR_SETS * words;
		f->yielder = (u32 *)(f->before + words);
		f->yielded = (bool *)(f->yielder + nr_tasks);
		memset(f->yielded, 0, nr_tasks * sizeof(bool));
		f->nr_yielders = 0;
	}
	for (u32 i = 0; i < f->nr_yielders; i++)
		f->yielded[f->yielder[i]] = false;
	f->nr_yielders = 0;
	f->streak = 0;
	f->last = SIM_NO_TASK;
}

void fair_finish(struct fair *f)
{
	free(f->memory);
	memset(f, 0, sizeof(*f));
}

/* The first yield in a run: nobody has been kept waiting by it that it knows of. */
static void yielder_add(struct fair *f, u32 id)
{
	memset(fair_set(f, id, 0), 0, FAIR_SETS * f->nr_words * sizeof(u64));
	memset(fair_set(f, id, FAIR_SCHEDULED), 0xff, f->nr_words * sizeof(u64));
	f->yielded[id] = true;
	f->yielder[f->nr_yielders++] = id;
}

/* @last has made a step: what that means for @id, which has yielded before. */
static void note_step(struct fair *f, const struct explore_view *view, u32 id)
{
	u64 *enabled = fair_set(f, id, FAIR_ENABLED);
	u64 *disabled = fair_set(f, id, FAIR_DISABLED_BY);
	u32 last = view->last;

	fair_set(f, id, FAIR_SCHEDULED)[last / 64] |= BIT_ULL(last % 64);
	fair_set(f, id, FAIR_WAITS_FOR)[last / 64] &= ~BIT_ULL(last % 64);
	for (u32 w = 0; w < f->nr_words; w++) {
		enabled[w] &= view->enabled[w];
		if (id == last)
			disabled[w] |= f->before[w] & ~view->enabled[w];
	}
}

static void note_yield(struct fair *f, const struct explore_view *view, u32 id)
{
	u64 *enabled = fair_set(f, id, FAIR_ENABLED);
	u64 *disabled = fair_set(f, id, FAIR_DISABLED_BY);
	u64 *scheduled = fair_set(f, id, FAIR_SCHEDULED);
	u64 *waits_for = fair_set(f, id, FAIR_WAITS_FOR);

	for (u32 w = 0; w < f->nr_words; w++) {
		waits_for[w] |= (enabled[w] | disabled[w]) & ~scheduled[w];
		enabled[w] = view->enabled[w];
		disabled[w] = scheduled[w] = 0;
	}
	waits_for[id / 64] &= ~BIT_ULL(id % 64);
}

/* The same for all who have yielded, where a set is one word: most of what fairness costs. */
static void note_step_small(struct fair *f, const struct explore_view *view)
{
	u64 last = BIT_ULL(view->last), enabled = view->enabled[0];
	u64 disabled = f->before[0] & ~enabled;

	for (u32 i = 0; i < f->nr_yielders; i++) {
		u64 *set = f->set + f->yielder[i] * FAIR_SETS;

		set[FAIR_SCHEDULED] |= last;
		set[FAIR_WAITS_FOR] &= ~last;
		set[FAIR_ENABLED] &= enabled;
	}
	if (unlikely(disabled) && f->yielded[view->last])
		f->set[view->last * FAIR_SETS + FAIR_DISABLED_BY] |= disabled;
}

void __fair_step(struct fair *f, const struct explore_view *view, bool yields)
{
	if (yields && !f->yielded[view->last])
		yielder_add(f, view->last);
	if (likely(f->nr_words == 1))
		note_step_small(f, view);
	else
		for (u32 i = 0; i < f->nr_yielders; i++)
			note_step(f, view, f->yielder[i]);
	if (yields)
		note_yield(f, view, view->last);
	for (u32 w = 0; w < f->nr_words; w++)
		f->before[w] = view->enabled[w];
}

u64 __fair_allowed(const struct fair *f, const struct explore_view *view, u32 w)
{
	u64 allowed = view->enabled[w];

	for (u32 i = 0; i < f->nr_yielders; i++) {
		u32 id = f->yielder[i];
		bool waits = f->nr_words == 1 ?
			     f->set[id * FAIR_SETS + FAIR_WAITS_FOR] & view->enabled[0] :
			     id / 64 == w && !__fair_allows(f, view, id);

		allowed &= ~((u64)waits << id % 64);
	}
	return allowed;
}

bool __fair_allows(const struct fair *f, const struct explore_view *view, u32 id)
{
	const u64 *waits_for = fair_set(f, id, FAIR_WAITS_FOR);

	if (!f->yielded[id])
		return true;
	for (u32 w = 0; w < f->nr_words; w++) {
		if (waits_for[w] & view->enabled[w])
			return false;
	}
	return true;
}
