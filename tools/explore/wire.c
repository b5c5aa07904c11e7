// SPDX-License-Identifier: GPL-2.0-only
/*
 * A worker's result on its way through a pipe, to the process it was forked from: words and strings
 * in a fixed order, in the machine's own byte order.
 *
 * Invariant: what is received is either whole (it ends in the mark) or refused.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "tools/explore/internal.h"

#define MARK 0x676d656d73696d21ull /* "gmemsim!" */
#define TEXT_MAX (1u << 20)

static void put(FILE *to, u64 word)
{
	fwrite(&word, sizeof(word), 1, to);
}

static void put_text(FILE *to, const char *text)
{
	put(to, text ? strlen(text) + 1 : 0);
	if (text)
		fwrite(text, 1, strlen(text), to);
}

static bool get(FILE *from, u64 *word)
{
	return fread(word, sizeof(*word), 1, from) == 1;
}

static bool get_text(FILE *from, char **text)
{
	u64 len;

	if (!get(from, &len) || len > TEXT_MAX)
		return false;
	if (!len)
		return true;
	*text = g_malloc0(len);
	return fread(*text, 1, len - 1, from) == len - 1;
}

static void put_schedule(FILE *to, const struct schedule *s)
{
	put(to, s->seed);
	put(to, s->nr_steps);
	put(to, s->fingerprint);
	put(to, s->nr_preemptions);
	put(to, s->nr_departures);
	if (s->nr_departures)
		fwrite(s->departures, sizeof(*s->departures), s->nr_departures, to);
	put(to, s->nr_choices);
	if (s->nr_choices)
		fwrite(s->choices, sizeof(*s->choices), s->nr_choices, to);
}

static bool get_schedule(FILE *from, struct schedule *s)
{
	u64 preemptions, n;

	if (!get(from, &s->seed) || !get(from, &s->nr_steps) || !get(from, &s->fingerprint) ||
	    !get(from, &preemptions) || !get(from, &n))
		return false;
	s->nr_preemptions = (u32)preemptions;
	while (n--) {
		struct departure d;

		if (fread(&d, sizeof(d), 1, from) != 1)
			return false;
		schedule_add_departure(s, &d);
	}
	if (!get(from, &n))
		return false;
	while (n--) {
		struct schedule_choice c;

		if (fread(&c, sizeof(c), 1, from) != 1)
			return false;
		schedule_add_choice(s, &c);
	}
	return true;
}

static void put_names(FILE *to, char **names)
{
	put(to, g_strv_length(names));
	for (char **name = names; *name; name++)
		put_text(to, *name);
}

static bool get_names(FILE *from, char ***names)
{
	u64 n;

	if (!get(from, &n) || n > TEXT_MAX)
		return false;
	*names = g_new0(char *, n + 1);
	for (u64 i = 0; i < n; i++) {
		if (!get_text(from, &(*names)[i]) || !(*names)[i])
			return false;
	}
	return true;
}

static void put_finding(FILE *to, const struct explore_finding *f)
{
	put_text(to, f->rule);
	put_text(to, f->message);
	put_text(to, f->task);
	put_text(to, f->rules);
	put(to, f->site);
	put(to, f->line);
	put(to, f->sample);
	put(to, f->predicted);
	put(to, f->nth);
	put(to, f->at_ns);
	put(to, f->first);
	put(to, f->count);
	put(to, f->seed);
	put(to, f->fingerprint);
	put_schedule(to, &f->schedule);
	put_names(to, f->tasks);
}

static bool get_finding(FILE *from, struct explore_finding *f)
{
	u64 line, sample, predicted, nth;

	if (!get_text(from, &f->rule) || !get_text(from, &f->message) ||
	    !get_text(from, &f->task) || !get_text(from, &f->rules) || !get(from, &f->site) ||
	    !get(from, &line) || !get(from, &sample) ||
	    !get(from, &predicted) || !get(from, &nth) || !get(from, &f->at_ns) ||
	    !get(from, &f->first) || !get(from, &f->count) || !get(from, &f->seed) ||
	    !get(from, &f->fingerprint) || !get_schedule(from, &f->schedule) ||
	    !get_names(from, &f->tasks))
		return false;
	f->line = (u32)line;
	f->sample = sample;
	f->predicted = predicted;
	f->nth = (u32)nth;
	return f->rule && f->message;
}

static void put_order(FILE *to, const struct explore_order *o)
{
	put(to, o->n);
	for (u32 i = 0; i < o->n; i++) {
		put_text(to, o->edge[i].held);
		put_text(to, o->edge[i].taken);
		put_text(to, o->edge[i].held_in);
		put_text(to, o->edge[i].taken_in);
		put(to, o->edge[i].first);
	}
}

static bool get_order(FILE *from, struct explore_order *o)
{
	u64 n;
	bool ok = get(from, &n);

	while (ok && n--) {
		struct order_edge e = {0};

		ok = get_text(from, &e.held) && get_text(from, &e.taken) &&
		     get_text(from, &e.held_in) && get_text(from, &e.taken_in) &&
		     get(from, &e.first) && e.held && e.taken;
		if (ok)
			order_add(o, &e);
		g_free(e.held);
		g_free(e.taken);
		g_free(e.held_in);
		g_free(e.taken_in);
	}
	return ok;
}

void wire_send(FILE *to, const struct explore_result *x)
{
	put(to, x->schedules);
	put(to, x->depth_max);
	put(to, x->exhausted);
	put(to, x->interrupted);
	put(to, x->search_runs);
	put(to, x->search_ended);
	put(to, x->cuts);
	for (u32 i = 0; i <= EXPLORE_PCT_MAX; i++)
		put(to, x->pct_runs[i]);
	put(to, x->coverage.n);
	if (x->coverage.n)
		fwrite(x->coverage.hash, sizeof(u64), x->coverage.n, to);
	put_order(to, &x->order);
	put(to, x->nr_findings);
	for (u32 i = 0; i < x->nr_findings; i++)
		put_finding(to, &x->findings[i]);
	put(to, MARK);
}

static bool receive_coverage(FILE *from, struct explore_result *x)
{
	u64 n, hash;

	if (!get(from, &n))
		return false;
	while (n--) {
		if (!get(from, &hash))
			return false;
		coverage_add(&x->coverage, hash);
	}
	return true;
}

bool wire_receive(FILE *from, struct explore_result *x)
{
	u64 exhausted, interrupted, search_ended, cuts, n, mark;
	bool ok = get(from, &x->schedules) && get(from, &x->depth_max) && get(from, &exhausted) &&
		  get(from, &interrupted) && get(from, &x->search_runs) &&
		  get(from, &search_ended) && get(from, &cuts);

	for (u32 i = 0; ok && i <= EXPLORE_PCT_MAX; i++)
		ok = get(from, &x->pct_runs[i]);
	if (!ok || !receive_coverage(from, x) || !get_order(from, &x->order) || !get(from, &n))
		return false;
	x->exhausted = exhausted;
	x->interrupted = interrupted;
	x->search_ended = search_ended;
	x->cuts = (u32)cuts;
	while (n--) {
		struct explore_finding f = {0};

		if (!get_finding(from, &f))
			return false;
		explore_finding_add(x, &f);
	}
	return get(from, &mark) && mark == MARK;
}
