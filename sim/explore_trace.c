// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/explore_trace.c - vector clocks and the canonical hash of a run.  See explore_trace.h.
 *
 * The hash is the judge of every reduction: what a search without reduction can reach is a set of
 * hashes, and a search with one has to reach the same set (tests/unit/test_explore_*.c).
 */
#include <stdlib.h>
#include <string.h>

#include "sim/explore_trace.h"

void explore_trace_init(struct explore_trace *t, u32 nr_tasks)
{
	memset(t, 0, sizeof(*t));
	t->nr_tasks = nr_tasks;
	t->last = malloc((nr_tasks + 1) * sizeof(*t->last));
	SIM_ASSERT(t->last);
	memset(t->last, 0xff, nr_tasks * sizeof(*t->last)); /* TRACE_NO_STEP */
}

void explore_trace_exit(struct explore_trace *t)
{
	free(t->step);
	free(t->clock);
	free(t->touch);
	free(t->last);
	memset(t, 0, sizeof(*t));
}

void explore_trace_cut(struct explore_trace *t, u32 nr)
{
	while (t->nr > nr) {
		struct trace_step *s = &t->step[--t->nr];

		t->hash = s->hash;
		t->nr_touch = s->foot.at;
		t->last[s->task] = s->prev;
	}
	t->choices = 0;
}

static void room_for_step(struct explore_trace *t, u32 nr_touched)
{
	if (t->nr == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 64;
		t->step = realloc(t->step, t->cap * sizeof(*t->step));
		t->clock = realloc(t->clock, (size_t)t->cap * t->nr_tasks * sizeof(*t->clock));
		SIM_ASSERT(t->step && t->clock);
	}
	if (t->nr_touch + nr_touched > t->cap_touch) {
		t->cap_touch = 2 * t->cap_touch + nr_touched + 64;
		t->touch = realloc(t->touch, t->cap_touch * sizeof(*t->touch));
		SIM_ASSERT(t->touch);
	}
}

u32 explore_trace_add(struct explore_trace *t, const struct explore_step *s)
{
	u32 k = t->nr, prev = t->last[s->task];
	struct trace_step *x;

	room_for_step(t, s->nr_touched);
	x = &t->step[t->nr++];
	*x = (struct trace_step){
		.task = s->task,
		.nth = prev == TRACE_NO_STEP ? 0 : t->step[prev].nth + 1,
		.prev = prev,
		.waker = s->waker,
		.op = s->op,
		.timed = s->timed,
		.hash = t->hash,
	};
	if (s->nr_touched)
		memcpy(t->touch + t->nr_touch, s->touch, s->nr_touched * sizeof(*t->touch));
	x->foot = footprint_of(t->touch, t->nr_touch, s->nr_touched);
	t->nr_touch += s->nr_touched;
	t->last[s->task] = k;
	return k;
}

bool footprints_meet(const struct explore_touch *pool_a, const struct footprint *a,
		     const struct explore_touch *pool_b, const struct footprint *b)
{
	for (u32 i = 0; i < a->nr; i++) {
		const struct explore_touch *x = &pool_a[a->at + i];

		for (u32 k = 0; k < b->nr; k++) {
			const struct explore_touch *y = &pool_b[b->at + k];

			if (x->obj == y->obj && explore_conflict(x->write, y->write))
				return true;
		}
	}
	return false;
}

const struct explore_touch *trace_touched(const struct explore_trace *t, u32 i, u64 obj)
{
	const struct footprint *f = &t->step[i].foot;

	for (u32 k = 0; k < f->nr; k++) {
		if (t->touch[f->at + k].obj == obj)
			return &t->touch[f->at + k];
	}
	return NULL;
}

static inline u64 mix(u64 h, u64 v)
{
	h = (h ^ v) * 0x9fb21c651e98df25ull;
	return h ^ (h >> 29);
}

static u64 step_hash(const struct explore_trace *t, u32 k)
{
	const u32 *clock = trace_clock(t, k);
	u64 h = mix(t->step[k].task + 1, t->step[k].op.kind == OP_TIMEOUT);

	for (u32 i = 0; i < t->nr_tasks; i++)
		h = mix(h, clock[i]);
	return mix(h, t->choices) * 0xd6e8feb86659fd93ull;
}

static void clock_join(struct explore_trace *t, u32 *clock, u32 i)
{
	const u32 *other = trace_clock(t, i);

	for (u32 k = 0; k < t->nr_tasks; k++)
		clock[k] = max(clock[k], other[k]);
}

void explore_trace_order(struct explore_trace *t, u32 k, void (*direct)(void *arg, u32 i, u32 k),
			 void *arg)
{
	const struct trace_step *s = &t->step[k];
	u32 *clock = trace_clock(t, k);

	if (s->prev == TRACE_NO_STEP)
		memset(clock, 0, t->nr_tasks * sizeof(*clock));
	else
		memcpy(clock, trace_clock(t, s->prev), t->nr_tasks * sizeof(*clock));
	for (u32 i = k; s->foot.nr && i-- > 0;) {
		const struct trace_step *o = &t->step[i];

		if (clock[o->task] > o->nth || o->task == s->task)
			continue;
		if (!footprints_depend(t->touch, &o->foot, t->touch, &s->foot))
			continue;
		clock_join(t, clock, i);
		if (direct)
			direct(arg, i, k);
	}
	clock[s->task] = s->nth + 1;
	t->hash = s->hash + step_hash(t, k);
	t->choices = 0;
}

void explore_trace_choice(struct explore_trace *t, u32 value)
{
	t->choices = mix(t->choices + 1, value);
}

/* --- hashes that have been seen --- */

static bool slot_take(struct hash_set *set, u64 hash)
{
	u64 mask = (1ull << set->order) - 1;

	for (u64 i = hash >> (64 - set->order);; i = (i + 1) & mask) {
		if (set->slot[i] == hash)
			return false;
		if (!set->slot[i]) {
			set->slot[i] = hash;
			return true;
		}
	}
}

static void set_grow(struct hash_set *set)
{
	struct hash_set big = {.order = set->order ? set->order + 1 : 8};

	big.slot = calloc(1ull << big.order, sizeof(*big.slot));
	SIM_ASSERT(big.slot);
	for (u64 i = 0; set->order && i < 1ull << set->order; i++) {
		if (set->slot[i])
			slot_take(&big, set->slot[i]);
	}
	big.nr = set->nr;
	free(set->slot);
	*set = big;
}

bool hash_set_add(struct hash_set *set, u64 hash)
{
	if (!hash)
		hash = 1;
	if (!set->order || 2 * set->nr >= 1ull << set->order)
		set_grow(set);
	if (!slot_take(set, hash))
		return false;
	set->nr++;
	return true;
}

void hash_set_exit(struct hash_set *set)
{
	free(set->slot);
	memset(set, 0, sizeof(*set));
}
