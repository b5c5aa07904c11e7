// SPDX-License-Identifier: GPL-2.0-only
/*
 * Results of a campaign: collecting, merging, judging.  See result.h.
 *
 * Invariant: merging in any order gives the same, because the first schedule decides what is said
 * about a finding and a schedule belongs to one part only.
 */
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/explore/result.h"

struct explore_result *explore_result_new(void)
{
	struct explore_result *x = g_new0(struct explore_result, 1);

	coverage_init(&x->coverage);
	x->nr_shards = 1;
	x->preemptions = UINT32_MAX;
	return x;
}

static void finding_finish(struct explore_finding *f)
{
	g_free(f->rule);
	g_free(f->message);
	g_free(f->task);
	schedule_finish(&f->schedule);
	g_strfreev(f->tasks);
	g_free(f->rules);
	g_free(f->file);
	g_free(f->replay);
}

void explore_result_free(struct explore_result *x)
{
	if (!x)
		return;
	for (u32 i = 0; i < x->nr_findings; i++)
		finding_finish(&x->findings[i]);
	g_free(x->findings);
	g_free(x->trace);
	g_free(x->title);
	g_free(x->kernel);
	g_free(x->locking);
	g_free(x->bug);
	g_free(x->strategy);
	g_strfreev(x->expect);
	coverage_finish(&x->coverage);
	order_finish(&x->order);
	g_free(x->again);
	g_free(x);
}

u64 explore_distinct(struct explore_result *x, bool *exact)
{
	if (x->coverage.n)
		return coverage_count(&x->coverage, exact);
	*exact = x->distinct_exact;
	return x->distinct;
}

bool explore_rule_needs_clock(const char *rule)
{
	return g_str_has_prefix(rule, "guest-") || g_str_has_prefix(rule, "host-") ||
	       strcmp(rule, "hold-budget") == 0;
}

bool explore_expected(const struct explore_result *x, const char *rule)
{
	const char *const *rules = (const char *const *)x->expect;

	return x->expect_any || (rules && g_strv_contains(rules, rule));
}

static bool found(const struct explore_result *x, const char *rule)
{
	for (u32 i = 0; i < x->nr_findings; i++) {
		if (strcmp(x->findings[i].rule, rule) == 0)
			return true;
	}
	return false;
}

enum explore_verdict explore_judge(const struct explore_result *x, char why[160])
{
	snprintf(why, 160, "as the trace expects");
	for (u32 i = 0; i < x->nr_findings; i++) {
		if (!explore_expected(x, x->findings[i].rule)) {
			snprintf(why, 160, "but the trace does not expect %s", x->findings[i].rule);
			return EXPLORE_FINDING;
		}
	}
	for (char **rule = x->expect; rule && *rule && x->nr_shards == 1; rule++) {
		if (!explore_rule_needs_clock(*rule) && !found(x, *rule)) {
			snprintf(why, 160, "but the trace expects %s", *rule);
			return EXPLORE_MISSING;
		}
	}
	return EXPLORE_OK;
}

/* Between equals the site decides, so that the order is one for all. */
static int compare(const void *a, const void *b)
{
	const struct explore_finding *f = a, *g = b;

	if (f->first != g->first)
		return f->first < g->first ? -1 : 1;
	return f->site < g->site ? -1 : f->site > g->site;
}

void explore_finding_add(struct explore_result *x, struct explore_finding *f)
{
	u32 i = 0;

	while (i < x->nr_findings && x->findings[i].site != f->site)
		i++;
	if (i == x->nr_findings) {
		x->findings = g_renew(struct explore_finding, x->findings, ++x->nr_findings);
	} else {
		f->count += x->findings[i].count;
		if (x->findings[i].first < f->first) {
			x->findings[i].count = x->first_only ? 1 : f->count;
			finding_finish(f);
			return;
		}
		finding_finish(&x->findings[i]);
	}
	x->findings[i] = *f;
	/* how many others had it depends on who was how fast */
	if (x->first_only)
		x->findings[i].count = 1;
	qsort(x->findings, x->nr_findings, sizeof(*x->findings), compare);
}

static bool has_site(const struct explore_result *x, u64 site)
{
	for (u32 i = 0; i < x->nr_findings; i++) {
		if (x->findings[i].site == site)
			return true;
	}
	return false;
}

static bool same_campaign(const struct explore_result *a, const struct explore_result *b,
			  char why[160])
{
	const struct {
		const char *what;
		bool same;
	} rows[] = {
		{"trace", strcmp(a->trace, b->trace) == 0},
		{"trace and design", a->config == b->config},
		{"strategy", strcmp(a->strategy, b->strategy) == 0},
		{"seed", a->seed == b->seed},
		{"number of schedules", a->limit == b->limit},
		{"time", a->time_ns == b->time_ns},
		{"end at the first finding", a->first_only == b->first_only},
		{"number of preemptions", a->preemptions == b->preemptions},
		{"number of shards", a->nr_shards == b->nr_shards},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (!rows[i].same) {
			snprintf(why, 160, "another campaign: not the same %s", rows[i].what);
			return false;
		}
	}
	return true;
}

/* Only what the schedules up to the first unexpected finding had counts, whoever ran on. */
static void cut_after_first(struct explore_result *x)
{
	u64 first = UINT64_MAX;
	u32 n = 0;

	for (u32 i = 0; i < x->nr_findings; i++) {
		if (!explore_expected(x, x->findings[i].rule))
			first = MIN(first, x->findings[i].first);
	}
	if (first == UINT64_MAX)
		return;
	for (u32 i = 0; i < x->nr_findings; i++) {
		if (x->findings[i].first <= first)
			x->findings[n++] = x->findings[i];
		else
			finding_finish(&x->findings[i]);
	}
	x->nr_findings = n;
	x->schedules = first + 1;
	x->exhausted = false;
}

/* One of the two has seen everything; the other's samples can add nothing, or else it has not. */
static bool settled_by_search(struct explore_result *to, struct explore_result *from)
{
	struct explore_result copy;

	if (to->exhausted == from->exhausted)
		return false;
	if (from->exhausted) { /* what was asked stays where it is */
		copy = *from;
		from->findings = to->findings;
		from->nr_findings = to->nr_findings;
		from->coverage = to->coverage;
		from->order = to->order;
		to->findings = copy.findings;
		to->nr_findings = copy.nr_findings;
		to->coverage = copy.coverage;
		to->order = copy.order;
		to->schedules = copy.schedules;
		to->depth_max = copy.depth_max;
		to->search_runs = copy.search_runs;
		to->search_ended = copy.search_ended;
		to->cuts = copy.cuts;
		to->exhausted = true;
		memset(to->pct_runs, 0, sizeof(to->pct_runs));
	}
	for (u32 i = 0; i < from->nr_findings; i++) {
		if (!has_site(to, from->findings[i].site)) {
			to->exhausted = to->search_ended = false;
			explore_finding_add(to, &from->findings[i]);
			from->findings[i--] = from->findings[--from->nr_findings];
		}
	}
	return true;
}

static void add_up(struct explore_result *to, struct explore_result *from)
{
	for (u32 i = 0; i < from->nr_findings; i++)
		explore_finding_add(to, &from->findings[i]);
	from->nr_findings = 0;
	to->schedules += from->schedules;
	to->depth_max = MAX(to->depth_max, from->depth_max);
	to->search_runs += from->search_runs;
	to->search_ended |= from->search_ended;
	to->cuts |= from->cuts;
	for (u32 i = 0; i <= EXPLORE_PCT_MAX; i++)
		to->pct_runs[i] += from->pct_runs[i];
	coverage_merge(&to->coverage, &from->coverage);
	order_merge(&to->order, &from->order);
}

bool explore_result_merge(struct explore_result *to, struct explore_result *from, char why[160])
{
	if (!same_campaign(to, from, why))
		return false;
	if (!settled_by_search(to, from))
		add_up(to, from);
	to->wall_ns = MAX(to->wall_ns, from->wall_ns);
	to->interrupted |= from->interrupted;
	to->decisions = MAX(to->decisions, from->decisions);
	to->nr_tasks = MAX(to->nr_tasks, from->nr_tasks);
	if (to->first_only)
		cut_after_first(to);
	explore_result_free(from);
	return true;
}
