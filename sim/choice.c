// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/choice.c - the choice tape.
 *
 * Invariants: a decision with one alternative is none: it leaves no entry and draws no number.
 * Recording and replaying are independent, so a replay can be recorded again.  A replay that runs
 * out of entries has diverged there and goes on with the seed's streams.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/engine.h"

/**
 * choice_tape_init - a fresh tape that draws from @seed.
 *
 * Context: set-up.
 */
void choice_tape_init(struct choice_tape *tape, u64 seed)
{
	memset(tape, 0, sizeof(*tape));
	for (u32 i = 0; i < ARRAY_SIZE(tape->rng); i++)
		prng_seed(&tape->rng[i], prng_mix(seed) + i);
	tape->diverged_at = -1;
}

/**
 * choice_tape_replay - choose what @entries say; they stay the caller's.
 *
 * Context: after choice_tape_init(), before the first decision.
 */
void choice_tape_replay(struct choice_tape *tape, const struct choice *entries, size_t len)
{
	tape->replay = entries;
	tape->replay_len = len;
	tape->replay_pos = 0;
}

void choice_tape_rewind(struct choice_tape *tape, u64 seed)
{
	struct choice *rec = tape->rec;
	size_t cap = tape->rec_cap;
	bool record = tape->record;

	choice_tape_init(tape, seed);
	tape->rec = rec;
	tape->rec_cap = cap;
	tape->record = record;
}

bool choice_tape_untouched(const struct choice_tape *tape, u64 seed)
{
	struct choice_tape fresh;

	choice_tape_init(&fresh, seed);
	return !tape->rec_len && !tape->replay_pos &&
	       memcmp(tape->rng, fresh.rng, sizeof(fresh.rng)) == 0;
}

/**
 * choice_tape_finish - free what was recorded.
 *
 * Context: after the run.
 */
void choice_tape_finish(struct choice_tape *tape)
{
	free(tape->rec);
	tape->rec = NULL;
	tape->rec_len = tape->rec_cap = 0;
}

static void tape_record(struct choice_tape *tape, u32 kind, u32 n, u32 value)
{
	if (tape->rec_len == tape->rec_cap) {
		size_t cap = tape->rec_cap ? 2 * tape->rec_cap : 256;
		struct choice *rec = realloc(tape->rec, cap * sizeof(*rec));

		SIM_ASSERT(rec);
		tape->rec = rec;
		tape->rec_cap = cap;
	}
	tape->rec[tape->rec_len++] = (struct choice){ .value = value, .n = n, .kind = (u8)kind };
}

static u32 tape_replay(struct choice_tape *tape, u32 kind, u32 n)
{
	const struct choice *c;

	if (tape->replay_pos == tape->replay_len) {
		if (tape->diverged_at < 0)
			tape->diverged_at = (s64)tape->replay_pos;
		return choice_tape_draw(tape, kind, n);
	}
	c = &tape->replay[tape->replay_pos];
	if ((c->kind != kind || c->n != n) && tape->diverged_at < 0)
		tape->diverged_at = (s64)tape->replay_pos;
	tape->replay_pos++;
	return n ? c->value % n : c->value;
}

static u32 tape_next(struct sim *sim, u32 kind, u32 n)
{
	struct choice_tape *tape = &sim->tape;
	u32 value;

	sim_guard_lock(sim, &sim->guard);
	value = unlikely(tape->replay) ? tape_replay(tape, kind, n) :
					 choice_tape_draw(tape, kind, n);
	if (tape->record)
		tape_record(tape, kind, n, value);
	sim_guard_unlock(sim, &sim->guard);
	return value;
}

u32 sim_choose(struct sim *sim, enum choice_kind kind, u32 n)
{
	SIM_ASSERT(n > 0);
	if (n == 1)
		return 0;
	return unlikely(sim->searching) ? sim->ops->choose(sim, kind, n) : tape_next(sim, kind, n);
}

/**
 * choice_tape_take - draw from the tape, or record what an explorer has chosen.
 * @value: the explorer's choice, or NULL
 *
 * Context: the virtual engine's search.
 */
u32 choice_tape_take(struct sim *sim, enum choice_kind kind, u32 n, const u32 *value)
{
	struct choice_tape *tape = &sim->tape;

	if (!value)
		return n == 1 ? 0 : tape_next(sim, kind, n);
	if (tape->record && n != 1)
		tape_record(tape, kind, n, *value);
	return *value;
}

double sim_choose_unit(struct sim *sim)
{
	u64 hi = tape_next(sim, CHOICE_VALUE, 0);
	u64 lo = tape_next(sim, CHOICE_VALUE, 0);

	return (double)(((hi << 32) | lo) >> 11) * 0x1.0p-53;
}
