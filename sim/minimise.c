// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/minimise.c - see sim/minimise.h.
 *
 * Invariants: best finds what is looked for, says exactly what its run did, and picks are that
 * run's; a candidate replaces it only if its run is simpler.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/minimise.h"

static bool spent(const struct minimise *m)
{
	return (m->max_runs && m->nr_runs >= m->max_runs) || (m->stop && m->stop(m->arg));
}

static bool simpler(const struct schedule *a, const struct schedule *b)
{
	if (schedule_len(a) != schedule_len(b))
		return schedule_len(a) < schedule_len(b);
	return a->nr_preemptions < b->nr_preemptions;
}

/*
 * Play @s, or @picks with the choices of @s.  If that finds it and is simpler, or @any will do, it
 * is the best from now on.
 */
static bool try_run(struct minimise *m, const struct schedule *s, u32 *picks, u32 nr_picks,
		    bool any)
{
	struct schedule_recorder rec;
	struct schedule_player player;
	bool found;

	if (spent(m))
		return false;
	m->nr_runs++;
	schedule_player_init(&player, s, true);
	player.picks = picks;
	player.nr_picks = nr_picks;
	schedule_recorder_init(&rec, &player.ex, &m->ran);
	rec.keep_picks = true;
	rec.zero_values = s->zero_values;
	found = m->run(m->arg, &rec.ex, s->seed) && (any || simpler(&m->ran, &m->best));
	if (found) {
		struct schedule old = m->best;
		u32 *old_picks = m->picks;

		m->best = m->ran;
		m->ran = old;
		m->picks = rec.picks;
		m->nr_picks = rec.nr_picks;
		rec.picks = old_picks;
	}
	schedule_recorder_finish(&rec);
	schedule_player_finish(&player);
	return found;
}

/* Without entries [@from, @to) of the best. */
static bool try_without(struct minimise *m, u32 from, u32 to)
{
	u32 len = schedule_len(&m->best);
	bool *keep = malloc(len + 1);

	SIM_ASSERT(keep);
	for (u32 i = 0; i < len; i++)
		keep[i] = i < from || i >= to;
	schedule_keep(&m->candidate, &m->best, keep);
	free(keep);
	return try_run(m, &m->candidate, NULL, 0, false);
}

/* Delta debugging: take out ever smaller pieces, until no single entry can be. */
static bool drop_entries(struct minimise *m)
{
	u32 pieces = 1, at = 0, since = 0; /* pieces that were tried since the last success */
	bool dropped = false;

	while (schedule_len(&m->best) && !spent(m)) {
		u32 len = schedule_len(&m->best);
		u32 size = (len + pieces - 1) / pieces;

		if (at >= len)
			at = 0;
		if (try_without(m, at, min(at + size, len))) {
			dropped = true;
			since = 0;
			pieces = max(pieces - 1, 1u);
			continue; /* what came after is at the same place now */
		}
		at += size;
		since += size;
		if (since < len)
			continue;
		if (size == 1)
			break;
		pieces = min(2 * pieces, len);
		at = since = 0;
	}
	return dropped;
}

/* The end of the run of equal picks that begins at @i. */
static u32 block_end(const struct minimise *m, u32 i)
{
	u32 end = i + 1;

	while (end < m->nr_picks && m->picks[end] == m->picks[i])
		end++;
	return end;
}

/* The next block of the same task, or nr_picks. */
static u32 block_again(const struct minimise *m, u32 i)
{
	u32 k = block_end(m, i);

	while (k < m->nr_picks && m->picks[k] != m->picks[i])
		k++;
	return k;
}

/* picks with [@from, @mid) and [@mid, @to) in the other order */
static bool try_swapped(struct minimise *m, u32 from, u32 mid, u32 to)
{
	u32 n = m->nr_picks;
	u32 *picks = malloc(n * sizeof(*picks));
	bool found;

	SIM_ASSERT(picks);
	memcpy(picks, m->picks, n * sizeof(*picks));
	memcpy(picks + from, m->picks + mid, (to - mid) * sizeof(*picks));
	memcpy(picks + from + (to - mid), m->picks + from, (mid - from) * sizeof(*picks));
	found = try_run(m, &m->best, picks, n, false);
	free(picks);
	return found;
}

/* A task goes on in two goes: let it do both in the first, or both in the second. */
static bool merge_blocks(struct minimise *m)
{
	bool merged = false;

	for (u32 i = 0; i < m->nr_picks && !spent(m);) {
		u32 end = block_end(m, i);
		u32 again = block_again(m, i);

		if (again < m->nr_picks && (try_swapped(m, end, again, block_end(m, again)) ||
					    try_swapped(m, i, end, again)))
			merged = true; /* and look at the same place again */
		else
			i = end;
	}
	return merged;
}

/*
 * Going elsewhere a little earlier or later may save others a detour: who is left with a lock held
 * comes back for no other reason than to release it.
 */
#define SHIFT_STEPS 6

static bool try_shifted(struct minimise *m, u32 i, s32 by)
{
	struct departure *d;

	if (by < 0 && m->best.departures[i].from_step < (u32)-by)
		return false;
	schedule_copy(&m->candidate, &m->best);
	d = &m->candidate.departures[i];
	d->from_step += (u32)by;
	return try_run(m, &m->candidate, NULL, 0, false);
}

static bool shift_departures(struct minimise *m)
{
	bool shifted = false;

	for (u32 i = 0; i < m->best.nr_departures && !spent(m); i++) {
		for (s32 by = 1; by <= SHIFT_STEPS && i < m->best.nr_departures; by++)
			shifted |= try_shifted(m, i, by) || try_shifted(m, i, -by);
	}
	return shifted;
}

static void zero_values(struct minimise *m)
{
	schedule_copy(&m->candidate, &m->best);
	m->candidate.zero_values = true;
	m->candidate.nr_choices = 0;
	for (u32 i = 0; i < m->best.nr_choices; i++) {
		if (m->best.choices[i].kind == CHOICE_FAIL)
			schedule_add_choice(&m->candidate, &m->best.choices[i]);
	}
	try_run(m, &m->candidate, NULL, 0, true);
}

int schedule_minimise(struct minimise *m, struct schedule *s)
{
	int err = -ENOENT;

	m->nr_runs = 0;
	m->minimal = false;
	m->picks = NULL;
	schedule_init(&m->best, s->seed);
	schedule_init(&m->ran, s->seed);
	schedule_init(&m->candidate, s->seed);
	if (try_run(m, s, NULL, 0, true)) {
		m->len_before = schedule_len(&m->best);
		m->preemptions_before = m->best.nr_preemptions;
		if (m->zero_values && !s->zero_values)
			zero_values(m);
		do
			drop_entries(m);
		while (merge_blocks(m) || shift_departures(m));
		m->minimal = !spent(m);
		schedule_copy(s, &m->best);
		err = 0;
	}
	schedule_finish(&m->best);
	schedule_finish(&m->ran);
	schedule_finish(&m->candidate);
	free(m->picks);
	m->picks = NULL;
	return err;
}
