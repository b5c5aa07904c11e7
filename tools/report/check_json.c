// SPDX-License-Identifier: GPL-2.0-only
/*
 * Campaigns as JSON: the contract of "check --json", and what "merge" reads.
 *
 * Invariant: all of a struct explore_result is here but the recorded choices, which are in the file
 * that a finding names; so reading it back gives the same report.
 */
#include <glib.h>

#include "tools/report/check.h"
#include "tools/report/json.h"

static const char *const verdicts[] = {
	[EXPLORE_OK] = "ok",
	[EXPLORE_FINDING] = "finding",
	[EXPLORE_MISSING] = "missing",
};

static void put_finding(struct json *j, const struct explore_result *x, u32 campaign,
			const struct explore_finding *f)
{
	json_object(j, NULL);
	json_u64(j, "campaign", campaign); /* index in traces[] */
	json_string(j, "trace", x->trace);
	json_string(j, "rule", f->rule);
	json_string(j, "kind", check_kind(f));
	json_string(j, "message", f->message);
	json_string(j, "task", f->task);
	json_u64(j, "line", f->line);
	json_u64(j, "at_ns", f->at_ns);
	json_bool(j, "expected", explore_expected(x, f->rule));
	json_u64(j, "schedules_to_first", f->first + 1);
	json_u64(j, "schedules_with", f->count);
	json_hex(j, "site", f->site);
	json_hex(j, "seed", f->seed);
	json_hex(j, "fingerprint", f->fingerprint);
	json_string(j, "file", f->file);
	json_string(j, "replay", f->replay);
	json_end(j);
}

static void put_expect(struct json *j, const struct explore_result *x)
{
	json_array(j, "expect");
	if (x->expect_any)
		json_string(j, NULL, "any");
	for (char **rule = x->expect; rule && *rule; rule++)
		json_string(j, NULL, *rule);
	json_end(j);
}

/* Only a shard needs them: the whole has no other part to be counted with. */
static void put_hashes(struct json *j, const struct explore_result *x)
{
	json_array(j, "coverage");
	for (u32 i = 0; i < x->coverage.n; i++)
		json_hex(j, NULL, x->coverage.hash[i]);
	json_end(j);
}

/* The same for the order of locks. */
static void put_order(struct json *j, const struct explore_result *x)
{
	json_string(j, "again", x->again);
	json_array(j, "lock_order");
	for (u32 i = 0; i < x->order.n; i++) {
		const struct order_edge *e = &x->order.edge[i];

		json_flat_object(j, NULL);
		json_string(j, "held", e->held);
		json_string(j, "taken", e->taken);
		json_string(j, "held_in", e->held_in);
		json_string(j, "taken_in", e->taken_in);
		json_u64(j, "first", e->first);
		json_end(j);
	}
	json_end(j);
}

/* What the bound is made of. */
static void put_basis(struct json *j, const struct explore_result *x)
{
	json_u64(j, "tasks", x->nr_tasks);
	json_u64(j, "decisions", x->decisions);
	json_array(j, "pct_runs");
	for (u32 i = 0; i <= EXPLORE_PCT_MAX; i++)
		json_u64(j, NULL, x->pct_runs[i]);
	json_end(j);
	json_u64(j, "search_runs", x->search_runs);
	json_bool(j, "search_ended", x->search_ended);
	json_array(j, "cuts");
	for (u32 i = 0; explore_cut_name(i); i++) {
		if (x->cuts >> i & 1)
			json_string(j, NULL, explore_cut_name(i));
	}
	json_end(j);
}

static void put_campaign(struct json *j, struct explore_result *x)
{
	char why[160];
	bool exact;
	u64 distinct = explore_distinct(x, &exact);
	char *bound = explore_bound(x);

	json_object(j, NULL);
	json_string(j, "trace", x->trace);
	json_string(j, "title", x->title);
	json_string(j, "kernel", x->kernel);
	json_string(j, "locking", x->locking);
	json_string(j, "bug", x->bug);
	put_expect(j, x);
	json_string(j, "strategy", x->strategy);
	json_string(j, "bound", bound);
	json_u64(j, "seed", x->seed);
	json_hex(j, "config", x->config);
	json_u64(j, "limit", x->limit);
	json_u64(j, "time_ns", x->time_ns);
	json_bool(j, "first_only", x->first_only);
	if (x->preemptions != UINT32_MAX)
		json_u64(j, "preemptions", x->preemptions);
	if (x->nr_shards > 1) {
		json_u64(j, "shard", x->shard + 1);
		json_u64(j, "shards", x->nr_shards);
	}
	json_u64(j, "schedules", x->schedules);
	json_bool(j, "exhausted", x->exhausted);
	json_bool(j, "interrupted", x->interrupted);
	if (!x->first_only) {
		json_u64(j, "distinct", distinct);
		json_bool(j, "distinct_exact", exact);
		json_u64(j, "depth_max", x->depth_max);
		put_basis(j, x);
	}
	json_u64(j, "wall_ns", x->wall_ns);
	json_string(j, "result", verdicts[explore_judge(x, why)]);
	if (x->nr_shards > 1 && !x->first_only) {
		put_hashes(j, x);
		put_order(j, x);
	}
	json_end(j);
	g_free(bound);
}

void check_put_json(const struct check_report *r, FILE *to)
{
	enum explore_verdict worst = EXPLORE_OK;
	u64 schedules = 0, wall_ns = 0;
	bool exhausted = r->n > 0;
	char why[160];
	struct json j;

	for (u32 i = 0; i < r->n; i++) {
		enum explore_verdict verdict = explore_judge(r->v[i], why);

		schedules += r->v[i]->schedules;
		wall_ns += r->v[i]->wall_ns;
		exhausted &= r->v[i]->exhausted;
		if (worst == EXPLORE_OK || verdict == EXPLORE_FINDING)
			worst = verdict;
	}
	json_init(&j, to);
	json_object(&j, NULL);
	json_string(&j, "format", "gmemsim-check");
	json_u64(&j, "version", 1);
	json_string(&j, "result", verdicts[worst]);
	json_u64(&j, "schedules", schedules);
	json_bool(&j, "exhausted", exhausted);
	json_u64(&j, "wall_ns", wall_ns);
	json_array(&j, "traces");
	for (u32 i = 0; i < r->n; i++)
		put_campaign(&j, r->v[i]);
	json_end(&j);
	json_array(&j, "findings");
	for (u32 i = 0; i < r->n; i++) {
		for (u32 k = 0; k < r->v[i]->nr_findings; k++)
			put_finding(&j, r->v[i], i, &r->v[i]->findings[k]);
	}
	json_end(&j);
	json_end(&j);
	json_finish(&j);
}
