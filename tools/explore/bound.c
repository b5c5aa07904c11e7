// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a campaign promises about what it has not found.
 *
 * Invariant: only what holds is said: a search that was cut by anything but the bound that is named
 * promises nothing.
 */
#include <glib.h>

#include "sim/sample.h"
#include "tools/explore/result.h"

_Static_assert(EXPLORE_PCT_MAX == PCT_MAX_DEPTH, "a place for each depth");

const char *explore_cut_name(u32 bit)
{
	static const char *const names[] = {"preemptions", "failures", "values",
					    "steps",	   "retries",  "releases"};

	return bit < G_N_ELEMENTS(names) ? names[bit] : NULL;
}

static void say_search(const struct explore_result *x, GString *g)
{
	bool first = true;

	if (!x->search_runs || x->exhausted)
		return;
	if (x->search_ended && x->cuts == CUT_PREEMPTIONS) {
		g_string_append_printf(g,
				       "All schedules with at most %u preemption%s were run: %"
				       G_GUINT64_FORMAT ". ",
				       x->preemptions, x->preemptions == 1 ? "" : "s",
				       x->search_runs);
		return;
	}
	g_string_append_printf(g, "The systematic search has made %" G_GUINT64_FORMAT " of them%s",
			       x->search_runs, x->search_ended ? " and has no more" : "");
	for (u32 i = 0; explore_cut_name(i); i++) {
		if (!(x->cuts & BIT(i)))
			continue;
		g_string_append_printf(g, "%s%s", first ? ", but was cut by a bound of " : ", ",
				       explore_cut_name(i));
		first = false;
	}
	g_string_append(g, ". ");
}

/* 1 - (1 - p)^n, without losing small p. */
static double at_least_once(double p, u64 n)
{
	double x = 1 - p, none = 1;

	if (p * (double)n < 1e-6)
		return p * (double)n;
	for (; n; n /= 2, x *= x) {
		if (n % 2)
			none *= x;
	}
	return 1 - none;
}

static void say_pct(const struct explore_result *x, GString *g)
{
	bool first = true;

	for (u32 d = 1; d <= EXPLORE_PCT_MAX; d++) {
		double each = pct_bound(x->nr_tasks, x->decisions, d);

		if (!x->pct_runs[d])
			continue;
		if (first)
			g_string_append_printf(g,
					       "By PCT, a defect that shows within %"
					       G_GUINT64_FORMAT " decisions of %u tasks is found "
					       "with a probability of at least ",
					       x->decisions, x->nr_tasks);
		g_string_append_printf(g, "%s%.2g if of depth %u (%" G_GUINT64_FORMAT " runs)",
				       first ? "" : ", ", at_least_once(each, x->pct_runs[d]), d,
				       x->pct_runs[d]);
		first = false;
	}
	if (!first)
		g_string_append(g, ".");
}

char *explore_bound(const struct explore_result *x)
{
	GString *g = g_string_new(NULL);

	/* how many runs there were before the first finding says nothing about what comes after */
	if (!x->first_only || !x->nr_findings) {
		say_search(x, g);
		say_pct(x, g);
	}
	return g_strchomp(g_string_free(g, FALSE));
}
