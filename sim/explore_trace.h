/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/explore_trace.h - the steps of one run, what they depend on, and the hash of their order.
 *
 * Two steps of different tasks depend on each other if both have touched the same object and one
 * of them has written to it.  A step's clock says how many steps of each task come before it in
 * the partial order which that gives (happens-before); runs that are the same up to the order of
 * independent steps have the same clocks, and so the same hash.
 *
 * Invariants: clock[i] dominates the clocks of everything step i depends on; hash[i] is a sum over
 * the steps before i, so it does not matter in which order they were made.
 */
#ifndef SIM_EXPLORE_TRACE_H
#define SIM_EXPLORE_TRACE_H

#include "sim/explore.h"

#define TRACE_NO_STEP SIM_NO_STEP

/* What somebody touches or would touch: a piece of a pool, with a summary to compare first. */
struct footprint {
	/* constant while in use */
	u32 at, nr;
	u64 all, writes; /* a bit per object, by hash */
};

struct trace_step {
	/* constant while in the trace */
	u32 task;
	u32 nth;   /* of its task's steps */
	u32 prev;  /* its task's step before, or TRACE_NO_STEP */
	u32 waker; /* the step that ended its wait, or TRACE_NO_STEP */
	struct explore_op op;
	bool timed;
	struct footprint foot;
	u64 hash; /* of all steps before */
};

struct explore_trace {
	/* written by the explorer */
	u32 nr_tasks;
	u32 nr, cap;
	struct trace_step *step;
	u32 *clock; /* nr_tasks to a step */
	struct explore_touch *touch; /* footprints of steps, in order */
	u32 nr_touch, cap_touch;
	u64 hash; /* of all steps */
	u32 *last; /* by task: its last step, or TRACE_NO_STEP */
	u64 choices; /* made in the step that is under way */
};

void explore_trace_init(struct explore_trace *t, u32 nr_tasks);
void explore_trace_exit(struct explore_trace *t);

/* Forget steps @nr and later. */
void explore_trace_cut(struct explore_trace *t, u32 nr);

/**
 * explore_trace_add - append a step; its clock is made by explore_trace_order().
 */
u32 explore_trace_add(struct explore_trace *t, const struct explore_step *s);

/**
 * explore_trace_order - compute the clock of step @k, the last one, and the hash.
 * @direct: called for each step that @k depends on directly: with no other between them.  Latest
 *	    first.
 */
void explore_trace_order(struct explore_trace *t, u32 k,
			 void (*direct)(void *arg, u32 i, u32 k), void *arg);

/* A value that was chosen in the step under way. */
void explore_trace_choice(struct explore_trace *t, u32 value);

static inline u32 *trace_clock(const struct explore_trace *t, u32 i)
{
	return t->clock + (size_t)i * t->nr_tasks;
}

/* Does step @i come before @j in the partial order (or is it the same)? */
static inline bool trace_before(const struct explore_trace *t, u32 i, u32 j)
{
	return trace_clock(t, j)[t->step[i].task] > t->step[i].nth;
}

static inline u64 footprint_bit(u64 obj)
{
	return BIT_ULL((obj * 0x9e3779b97f4a7c15ull) >> 58);
}

static inline struct footprint footprint_of(const struct explore_touch *pool, u32 at, u32 nr)
{
	struct footprint f = {.at = at, .nr = nr};

	for (u32 i = 0; i < nr; i++) {
		f.all |= footprint_bit(pool[at + i].obj);
		if (pool[at + i].write)
			f.writes |= footprint_bit(pool[at + i].obj);
	}
	return f;
}

bool footprints_meet(const struct explore_touch *pool_a, const struct footprint *a,
		     const struct explore_touch *pool_b, const struct footprint *b);

/* Do steps that touch this depend on each other? */
static inline bool footprints_depend(const struct explore_touch *pool_a, const struct footprint *a,
				     const struct explore_touch *pool_b, const struct footprint *b)
{
	return ((a->writes & b->all) | (a->all & b->writes)) &&
	       footprints_meet(pool_a, a, pool_b, b);
}

/* What step @i has done to @obj, or NULL. */
const struct explore_touch *trace_touched(const struct explore_trace *t, u32 i, u64 obj);

/* A set of hashes, to count what is different. */
struct hash_set {
	/* written by its owner */
	u64 *slot; /* 0: free */
	u64 nr;
	u32 order; /* of the number of slots; 0: none yet */
};

/**
 * hash_set_add - put @hash in.
 *
 * Return: true if it was not there.
 */
bool hash_set_add(struct hash_set *set, u64 hash);
void hash_set_exit(struct hash_set *set);

#endif
