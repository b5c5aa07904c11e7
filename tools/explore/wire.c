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

static void put_finding(FILE *to, const struct explore_finding *f)
{
	put_text(to, f->rule);
	put_text(to, f->message);
	put_text(to, f->task);
	put_text(to, f->rules);
	put(to, f->site);
	put(to, f->line);
	put(to, f->at_ns);
	put(to, f->first);
	put(to, f->count);
	put(to, f->seed);
	put(to, f->fingerprint);
	put(to, f->n_tape);
	if (f->n_tape)
		fwrite(f->tape, sizeof(*f->tape), f->n_tape, to);
}

static bool get_tape(FILE *from, struct explore_finding *f)
{
	if (!get(from, &f->n_tape) || f->n_tape > TRACE_TAPE_MAX)
		return false;
	f->tape = g_new(struct choice, f->n_tape);
	return fread(f->tape, sizeof(*f->tape), f->n_tape, from) == f->n_tape;
}

static bool get_finding(FILE *from, struct explore_finding *f)
{
	u64 line;

	if (!get_text(from, &f->rule) || !get_text(from, &f->message) ||
	    !get_text(from, &f->task) || !get_text(from, &f->rules) || !get(from, &f->site) ||
	    !get(from, &line) || !get(from, &f->at_ns) || !get(from, &f->first) ||
	    !get(from, &f->count) || !get(from, &f->seed) || !get(from, &f->fingerprint) ||
	    !get_tape(from, f))
		return false;
	f->line = (u32)line;
	return f->rule && f->message;
}

void wire_send(FILE *to, const struct explore_result *x)
{
	put(to, x->schedules);
	put(to, x->depth_max);
	put(to, x->exhausted);
	put(to, x->interrupted);
	put_text(to, x->bound);
	put(to, x->coverage.n);
	if (x->coverage.n)
		fwrite(x->coverage.hash, sizeof(u64), x->coverage.n, to);
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
	u64 exhausted, interrupted, n, mark;

	g_clear_pointer(&x->bound, g_free);
	if (!get(from, &x->schedules) || !get(from, &x->depth_max) || !get(from, &exhausted) ||
	    !get(from, &interrupted) || !get_text(from, &x->bound) || !receive_coverage(from, x) ||
	    !get(from, &n))
		return false;
	x->exhausted = exhausted;
	x->interrupted = interrupted;
	while (n--) {
		struct explore_finding f = {0};

		if (!get_finding(from, &f))
			return false;
		explore_finding_add(x, &f);
	}
	return get(from, &mark) && mark == MARK;
}
