/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/choice.h - the choice tape: one mechanism for scheduling, random values and failures.
 *
 * Every decision a run may take differently is a call of sim_choose(): a value below n.  A fresh
 * run draws it from the seed and writes it to the tape; a replay reads it from a recorded tape.
 * A run is therefore a function of (trace, design, seed) or of (trace, design, tape).
 *
 * Invariants: entry i of a replayed tape was recorded with the same kind and n, or the run is
 * told so once (sim->tape.diverged_at) and goes on with the recorded value reduced modulo n.
 */
#ifndef SIM_CHOICE_H
#define SIM_CHOICE_H

#include "sim/types.h"
#include "sim/prng.h"

enum choice_kind {
	CHOICE_SCHED, /* which runnable task goes on */
	CHOICE_VALUE, /* a random value of the trace, or of a cost distribution */
	CHOICE_FAIL,  /* does this fallible step fail */
};

struct choice {
	/* immutable once written */
	u32 value;
	u32 n; /* 0: a 32-bit value without a bound */
	u8 kind;
};

struct choice_tape {
	/* written by the running task; the threads engine holds sim->guard */
	struct prng rng[3];    /* one stream per kind: a longer schedule moves no random value */
	struct choice *rec;    /* what was chosen, in order; NULL when not recorded */
	size_t rec_len, rec_cap;
	const struct choice *replay; /* what to choose; NULL in a fresh run */
	size_t replay_len, replay_pos;
	s64 diverged_at; /* first replayed entry that did not fit, or -1 */
	bool record;
};

struct sim;

/**
 * sim_choose - take one decision.
 * @sim: the simulation
 * @kind: what is decided
 * @n: number of alternatives, at least 1
 *
 * Context: any task, or the engine between tasks.
 * Return: a value below @n.
 */
u32 sim_choose(struct sim *sim, enum choice_kind kind, u32 n);

/**
 * choice_tape_draws - are choices neither recorded nor replayed?
 *
 * Then choice_tape_draw() is all there is to one, in the virtual engine.
 */
static inline bool choice_tape_draws(const struct choice_tape *tape)
{
	return !tape->replay & !tape->record;
}

static inline u32 choice_tape_draw(struct choice_tape *tape, u32 kind, u32 n)
{
	struct prng *rng = &tape->rng[kind];

	return n ? prng_below(rng, n) : (u32)(prng_next(rng) >> 32);
}

/**
 * sim_choose_unit - a uniform number in [0, 1) from two tape entries.
 */
double sim_choose_unit(struct sim *sim);

u32 choice_tape_take(struct sim *sim, enum choice_kind kind, u32 n, const u32 *value);
void choice_tape_init(struct choice_tape *tape, u64 seed);
void choice_tape_replay(struct choice_tape *tape, const struct choice *entries, size_t len);
/**
 * choice_tape_rewind - as choice_tape_init() with @seed, but go on recording if @tape recorded,
 * into the memory it has.
 */
void choice_tape_rewind(struct choice_tape *tape, u64 seed);

/* Has nothing been chosen yet? */
bool choice_tape_untouched(const struct choice_tape *tape, u64 seed);
void choice_tape_finish(struct choice_tape *tape);

#endif
