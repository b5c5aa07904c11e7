// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/schedule.c - lists of departures and choices.  Invariants: sim/schedule.h.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/schedule.h"
#include "sim/sim.h"

void schedule_init(struct schedule *s, u64 seed)
{
	*s = (struct schedule){.seed = seed};
}

void schedule_finish(struct schedule *s)
{
	free(s->departures);
	free(s->choices);
	schedule_init(s, 0);
}

void schedule_reset(struct schedule *s, u64 seed)
{
	s->seed = seed;
	s->zero_values = false;
	s->nr_departures = s->nr_choices = s->nr_preemptions = 0;
	s->nr_steps = s->fingerprint = 0;
}

/* Room for @nr entries of @size bytes in a table that has @cap. */
static void *room(void *table, u32 *cap, u32 nr, size_t size)
{
	if (nr <= *cap)
		return table;
	*cap = max(nr, max(2 * *cap, 16u));
	table = realloc(table, *cap * size);
	SIM_ASSERT(table);
	return table;
}

/**
 * schedule_add_departure - append an entry; it is later than those there are.
 */
void schedule_add_departure(struct schedule *s, const struct departure *d)
{
	u32 nr = s->nr_departures + 1;

	s->departures = room(s->departures, &s->cap_departures, nr, sizeof(*d));
	s->departures[s->nr_departures++] = *d;
}

/**
 * schedule_add_choice - the same for a value or a failure.
 */
void schedule_add_choice(struct schedule *s, const struct schedule_choice *c)
{
	s->choices = room(s->choices, &s->cap_choices, s->nr_choices + 1, sizeof(*c));
	s->choices[s->nr_choices++] = *c;
}

/**
 * schedule_copy - make @to say what @from says.
 */
void schedule_copy(struct schedule *to, const struct schedule *from)
{
	schedule_reset(to, from->seed);
	to->zero_values = from->zero_values;
	to->nr_steps = from->nr_steps;
	to->fingerprint = from->fingerprint;
	to->nr_preemptions = from->nr_preemptions;
	for (u32 i = 0; i < from->nr_departures; i++)
		schedule_add_departure(to, &from->departures[i]);
	for (u32 i = 0; i < from->nr_choices; i++)
		schedule_add_choice(to, &from->choices[i]);
}

void schedule_keep(struct schedule *to, const struct schedule *from, const bool *keep)
{
	schedule_reset(to, from->seed);
	to->zero_values = from->zero_values;
	for (u32 i = 0; i < from->nr_departures; i++) {
		if (keep[i])
			schedule_add_departure(to, &from->departures[i]);
	}
	for (u32 i = 0; i < from->nr_choices; i++) {
		if (keep[from->nr_departures + i])
			schedule_add_choice(to, &from->choices[i]);
	}
}

static bool departure_equal(const struct departure *a, const struct departure *b)
{
	return a->step == b->step && a->task == b->task && a->from == b->from &&
	       a->from_step == b->from_step && a->state == b->state;
}

static bool choice_equal(const struct schedule_choice *a, const struct schedule_choice *b)
{
	return a->task == b->task && a->nth == b->nth && a->kind == b->kind &&
	       (a->kind == CHOICE_FAIL || a->value == b->value);
}

bool schedule_equal(const struct schedule *a, const struct schedule *b)
{
	bool same = a->seed == b->seed && a->zero_values == b->zero_values &&
		    a->nr_departures == b->nr_departures && a->nr_choices == b->nr_choices;

	for (u32 i = 0; same && i < a->nr_departures; i++)
		same = departure_equal(&a->departures[i], &b->departures[i]);
	for (u32 i = 0; same && i < a->nr_choices; i++)
		same = choice_equal(&a->choices[i], &b->choices[i]);
	return same;
}
