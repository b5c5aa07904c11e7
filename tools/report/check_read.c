// SPDX-License-Identifier: GPL-2.0-only
/*
 * The JSON of campaigns read back, for merging.
 *
 * Invariant: check_put_json() of what was read is the text that was read, byte for byte, if it was
 * ours; what is not ours is refused with a message.
 */
#include <glib.h>
#include <string.h>

#include "tools/report/check.h"
#include "tools/report/json_read.h"

static char *text_or_null(const struct json_value *v, const char *key)
{
	const struct json_value *c = json_get(v, key);

	return c && c->kind == JSON_STRING ? g_strdup(c->text) : NULL;
}

static void read_expect(const struct json_value *v, struct explore_result *x)
{
	const struct json_value *list = json_get(v, "expect");
	GPtrArray *rules = g_ptr_array_new();

	for (const struct json_value *c = list ? list->child : NULL; c; c = c->next) {
		if (c->kind == JSON_STRING && strcmp(c->text, "any") == 0)
			x->expect_any = true;
		else if (c->kind == JSON_STRING)
			g_ptr_array_add(rules, g_strdup(c->text));
	}
	g_ptr_array_add(rules, NULL);
	x->expect = (char **)g_ptr_array_free(rules, FALSE);
}

static void read_coverage(const struct json_value *v, struct explore_result *x)
{
	const struct json_value *list = json_get(v, "coverage");
	u64 hash;

	for (const struct json_value *c = list ? list->child : NULL; c; c = c->next) {
		if (json_as_u64(c, &hash))
			coverage_add(&x->coverage, hash);
	}
}

static void read_basis(const struct json_value *v, struct explore_result *x)
{
	const struct json_value *runs = json_get(v, "pct_runs"), *cuts = json_get(v, "cuts");
	u32 i = 0;

	x->nr_tasks = (u32)json_get_u64(v, "tasks", 0);
	x->decisions = json_get_u64(v, "decisions", 0);
	x->search_runs = json_get_u64(v, "search_runs", 0);
	x->search_ended = json_get_bool(v, "search_ended");
	for (const struct json_value *c = runs ? runs->child : NULL; c; c = c->next) {
		if (i <= EXPLORE_PCT_MAX)
			x->pct_runs[i++] = c->number;
	}
	for (const struct json_value *c = cuts ? cuts->child : NULL; c; c = c->next) {
		for (i = 0; c->kind == JSON_STRING && explore_cut_name(i); i++)
			x->cuts |= strcmp(c->text, explore_cut_name(i)) ? 0 : BIT(i);
	}
}

static void read_order(const struct json_value *v, struct explore_result *x)
{
	const struct json_value *list = json_get(v, "lock_order");

	x->again = text_or_null(v, "again");
	for (const struct json_value *c = list ? list->child : NULL; c; c = c->next) {
		struct order_edge e = {
			.held = (char *)json_get_string(c, "held"),
			.taken = (char *)json_get_string(c, "taken"),
			.held_in = (char *)json_get_string(c, "held_in"),
			.taken_in = (char *)json_get_string(c, "taken_in"),
			.first = json_get_u64(c, "first", 0),
		};

		if (*e.held && *e.taken)
			order_add(&x->order, &e);
	}
}

static bool read_campaign(const struct json_value *v, struct explore_result *x)
{
	u64 shard = json_get_u64(v, "shard", 1), shards = json_get_u64(v, "shards", 1);

	x->trace = g_strdup(json_get_string(v, "trace"));
	x->title = g_strdup(json_get_string(v, "title"));
	x->kernel = g_strdup(json_get_string(v, "kernel"));
	x->locking = g_strdup(json_get_string(v, "locking"));
	x->bug = text_or_null(v, "bug");
	read_expect(v, x);
	x->strategy = g_strdup(json_get_string(v, "strategy"));
	x->seed = json_get_u64(v, "seed", 0);
	x->config = json_get_u64(v, "config", 0);
	x->limit = json_get_u64(v, "limit", 0);
	x->time_ns = json_get_u64(v, "time_ns", 0);
	x->first_only = json_get_bool(v, "first_only");
	x->shard = (u32)shard - 1;
	x->nr_shards = (u32)shards;
	x->schedules = json_get_u64(v, "schedules", 0);
	x->exhausted = json_get_bool(v, "exhausted");
	x->interrupted = json_get_bool(v, "interrupted");
	x->depth_max = json_get_u64(v, "depth_max", 0);
	x->wall_ns = json_get_u64(v, "wall_ns", 0);
	x->distinct = json_get_u64(v, "distinct", 0);
	x->distinct_exact = json_get_bool(v, "distinct_exact");
	x->preemptions = (u32)json_get_u64(v, "preemptions", UINT32_MAX);
	read_basis(v, x);
	read_coverage(v, x);
	read_order(v, x);
	return *x->trace && *x->strategy && shard >= 1 && shard <= shards && shards <= 1000000;
}

static bool read_finding(const struct json_value *v, struct explore_result *x)
{
	struct explore_finding f = {
		.rule = text_or_null(v, "rule"),
		.predicted = strcmp(json_get_string(v, "kind"), "predicted") == 0,
		.message = text_or_null(v, "message"),
		.task = text_or_null(v, "task"),
		.file = text_or_null(v, "file"),
		.replay = text_or_null(v, "replay"),
		.site = json_get_u64(v, "site", 0),
		.line = (u32)json_get_u64(v, "line", 0),
		.at_ns = json_get_u64(v, "at_ns", 0),
		.first = json_get_u64(v, "schedules_to_first", 0) - 1,
		.count = json_get_u64(v, "schedules_with", 0),
		.seed = json_get_u64(v, "seed", 0),
		.fingerprint = json_get_u64(v, "fingerprint", 0),
	};
	bool ok = f.rule && f.message && f.count && f.first != UINT64_MAX;

	explore_finding_add(x, &f);
	return ok;
}

/* The findings of campaign @i: "campaign" says whose they are. */
static bool read_findings(const struct json_value *doc, u32 i, struct explore_result *x)
{
	const struct json_value *list = json_get(doc, "findings");
	bool ok = true;

	for (const struct json_value *c = list ? list->child : NULL; c && ok; c = c->next) {
		if (json_get_u64(c, "campaign", UINT64_MAX) == i)
			ok = read_finding(c, x);
	}
	return ok;
}

bool check_read(const char *text, size_t len, struct check_report *r, char why[160])
{
	struct json_value *doc = json_parse(text, len, why);
	const struct json_value *list = json_get(doc, "traces");
	bool ok = list && strcmp(json_get_string(doc, "format"), "gmemsim-check") == 0 &&
		  json_get_u64(doc, "version", 0) == 1;

	if (doc && !ok)
		g_snprintf(why, 160, "not the JSON report of gmemsim check, version 1");
	for (const struct json_value *c = ok ? list->child : NULL; c && ok; c = c->next) {
		struct explore_result *x = explore_result_new();

		ok = read_campaign(c, x) && read_findings(doc, r->n, x);
		if (!ok)
			g_snprintf(why, 160, "campaign %u or its findings are not whole", r->n + 1);
		r->v = g_renew(struct explore_result *, r->v, r->n + 1);
		r->v[r->n++] = x;
	}
	json_free(doc);
	return ok;
}

void check_report_finish(struct check_report *r)
{
	for (u32 i = 0; i < r->n; i++)
		explore_result_free(r->v[i]);
	g_free(r->v);
	*r = (struct check_report){0};
}
