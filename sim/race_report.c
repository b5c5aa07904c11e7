// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/race_report.c - a data race in KCSAN's words.
 *
 * Invariant: a pair of functions that access a field is reported once in a run, whichever of them
 * came first; its site does not depend on who came first, either.
 *
 * Upstream: kernel/kcsan/report.c:print_report
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/prng.h"
#include "sim/race_internal.h"

#define REPORT_TEXT 3600

struct report_text {
	/* written by report_add() */
	char s[REPORT_TEXT];
	size_t len;
};

static void __printf(2, 3) report_add(struct report_text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->s + t->len, sizeof(t->s) - t->len, fmt, ap);
	va_end(ap);
	t->len = min(t->len + (size_t)n, sizeof(t->s) - 1);
}

static const char *func_of(const struct sim *sim, const struct race_context *c)
{
	return c->nr_frames ? c->frame[c->nr_frames - 1] : sim->tasks[c->task]->name;
}

static u64 site_of(const struct sim *sim, const struct race_context *c)
{
	return prng_mix(prng_mix(sim_name_hash(c->what)) ^ sim_name_hash(func_of(sim, c)));
}

static const char *const how_text[RACE_NR] = {
	[RACE_READ] = "read",
	[RACE_WRITE] = "write",
	[RACE_MARKED_WRITE] = "write (marked)",
	[RACE_MARKED_RMW] = "read-write (marked)",
};

/* Read-modify-write has been given the field's address. */
static const char *name_of(const struct race_context *c)
{
	return c->what + (c->what[0] == '&');
}

static void add_access(struct report_text *t, const struct sim *sim, const struct race_context *c)
{
	char label[SIM_TASK_LABEL];

	report_add(t, "\n%s to %s of %u byte%s by task %s on cpu %u:", how_text[c->how], name_of(c),
		   c->bytes, c->bytes == 1 ? "" : "s", sim_task_label(sim, c->task, label), c->cpu);
	for (u32 i = c->nr_frames; i-- > 0;)
		report_add(t, "\n %s", c->frame[i]);
	if (!c->nr_held)
		report_add(t, "\n no locks held");
	else
		report_add(t, "\n locks held:");
	for (u32 i = 0; i < c->nr_held; i++)
		report_add(t, "%s %s#%u (%c)", i ? "," : "", c->held[i].class->name, c->held[i].id,
			   c->held[i].mode == LOCK_READ ? 'R' : 'W');
	if (c->more_held)
		report_add(t, ", ...");
}

static bool known(struct race_detector *d, u64 pair)
{
	for (u32 i = 0; i < d->nr_reported; i++) {
		if (d->reported[i] == pair)
			return true;
	}
	if (d->nr_reported == RACE_MAX_REPORTS)
		return true;
	d->reported[d->nr_reported++] = pair;
	return false;
}

void race_report(struct task *me, const struct race_context *now, const struct race_context *then)
{
	struct sim *sim = me->sim;
	u64 pair = site_of(sim, now) + site_of(sim, then);
	const char *a = func_of(sim, now), *b = func_of(sim, then);
	struct report_text t = {.len = 0};

	if (known(sim->races, pair))
		return;
	if (strcmp(a, b) > 0)
		a = func_of(sim, then), b = func_of(sim, now);
	report_add(&t, "BUG: KCSAN: data-race in %s / %s", a, b);
	add_access(&t, sim, now);
	add_access(&t, sim, then);
	sim_predict_at(sim, me, pair, me->op_line, "data-race", "%s", t.s);
}
