/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/schedule.h - a run of a search as the list of what was special about it.
 *
 * The default is deterministic: a task keeps running until it cannot or only tries again, then the
 * lowest id goes on (schedule_default()); nothing fails; values follow from the seed.  A schedule
 * is the seed and what departs from that: it is as long as the run was unusual, not as the run was
 * long, and making it shorter makes the run simpler.
 *
 * An entry says where it applies in two ways.  Counted over the whole run (step), with a hash of
 * what could have happened there (state), it repeats a run exactly or says where it has become
 * another one.  Counted over one task (from, from_step; task, nth), it still means the same after
 * other entries have been taken out.
 *
 * Invariants: departures are in the order of their steps; choices are in the order in which they
 * were made; no entry says what would have happened anyway.
 */
#ifndef SIM_SCHEDULE_H
#define SIM_SCHEDULE_H

#include "sim/choice.h"

/* Somebody else goes on than by default. */
struct departure {
	/* written by the recorder, or by who reads a schedule */
	u32 step;      /* decisions of the run before this one */
	u32 task;      /* who goes on */
	u32 from;      /* who made the last step, or SIM_NO_TASK */
	u32 from_step; /* steps that this task has made */
	u64 state;     /* hash of who can go on and what each would do; 0: not known */
};

/* A value that is not the seed's, or a failure. */
struct schedule_choice {
	/* written by the recorder, or by who reads a schedule */
	u32 task;  /* who asks, or SIM_NO_TASK */
	u32 nth;   /* choices of this kind that it has asked for before */
	u32 value; /* for a failure: not used */
	u8 kind;   /* CHOICE_VALUE or CHOICE_FAIL */
};

struct schedule {
	/* written by the recorder, or by who reads a schedule */
	u64 seed;
	bool zero_values; /* values are 0 by default, not the seed's */
	struct departure *departures;
	u32 nr_departures, cap_departures;
	struct schedule_choice *choices;
	u32 nr_choices, cap_choices;
	/* of the run, for comparison; 0: not known */
	u64 nr_steps;
	u64 fingerprint;
	u32 nr_preemptions; /* departures from a task that could have gone on */
};

/**
 * schedule_init - the default schedule with @seed.
 */
void schedule_init(struct schedule *s, u64 seed);
void schedule_finish(struct schedule *s);

/**
 * schedule_reset - as after schedule_init(), but keep the memory.
 */
void schedule_reset(struct schedule *s, u64 seed);
void schedule_copy(struct schedule *to, const struct schedule *from);

void schedule_add_departure(struct schedule *s, const struct departure *d);
void schedule_add_choice(struct schedule *s, const struct schedule_choice *c);

/* Departures, values and failures are numbered in this order. */
static inline u32 schedule_len(const struct schedule *s)
{
	return s->nr_departures + s->nr_choices;
}

/**
 * schedule_keep - of @from the entries @i for which @keep[i] is set.
 *
 * What is known about the run is not known of the result.
 */
void schedule_keep(struct schedule *to, const struct schedule *from, const bool *keep);

/* Do both say the same? */
bool schedule_equal(const struct schedule *a, const struct schedule *b);

/**
 * schedule_value - what @task's @nth choice of a kind is by the seed, below @n (0: any 32 bits).
 *
 * Does not depend on what other tasks do: moving a task in time does not change its values.
 */
static inline u32 schedule_value(u64 seed, enum choice_kind kind, u32 task, u32 nth, u32 n)
{
	u64 r = prng_mix(prng_mix(seed + kind) ^ ((u64)task << 32 | nth));

	return n ? (u32)(((r >> 32) * n) >> 32) : (u32)(r >> 32);
}

#endif
