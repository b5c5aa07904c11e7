// SPDX-License-Identifier: GPL-2.0-only
/*
 * gmemsim merge: the JSON reports of shards, put together to the report of the whole.
 *
 * Reports of different traces or designs stay side by side, so one merge is also what collects a
 * campaign that was spread over machines by trace.
 *
 * Invariants: a campaign has each of its shards exactly once, or the merge is refused; the order of
 * the files does not matter but for the order in which different campaigns are listed.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cmd.h"
#include "tools/emit.h"

/* All shards that were read of one campaign. */
struct group {
	/* written while files are read */
	struct explore_result *whole; /* what was merged so far */
	GPtrArray *files; /* by shard: who had it, or NULL */
};

static bool same_group(const struct explore_result *a, const struct explore_result *b)
{
	return strcmp(a->trace, b->trace) == 0 && a->config == b->config && a->seed == b->seed &&
	       strcmp(a->strategy, b->strategy) == 0 && a->nr_shards == b->nr_shards;
}

static struct group *group_of(GArray *groups, struct explore_result *x)
{
	struct group group = {.files = g_ptr_array_new()};

	for (u32 i = 0; i < groups->len; i++) {
		struct group *g = &g_array_index(groups, struct group, i);

		if (same_group(g->whole, x)) {
			g_ptr_array_unref(group.files);
			return g;
		}
	}
	g_ptr_array_set_size(group.files, (int)x->nr_shards);
	g_array_append_val(groups, group);
	return &g_array_index(groups, struct group, groups->len - 1);
}

/* Takes @x over. */
static bool add(const struct cmd *cmd, GArray *groups, struct explore_result *x, const char *file)
{
	struct group *g = group_of(groups, x);
	u32 shard = x->shard, n = x->nr_shards;
	char why[160];

	if (g->files->pdata[shard]) {
		cmd_talk(cmd, "%s: shard %u of %u of %s is in %s already", file, shard + 1, n,
			 x->trace, (char *)g->files->pdata[shard]);
		explore_result_free(x);
		return false;
	}
	g->files->pdata[shard] = (void *)file;
	if (!g->whole) {
		g->whole = x;
		return true;
	}
	if (explore_result_merge(g->whole, x, why))
		return true;
	cmd_talk(cmd, "%s: %s", file, why);
	explore_result_free(x);
	return false;
}

static bool read_file(const struct cmd *cmd, GArray *groups, const char *path)
{
	struct check_report r = {0};
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;
	char why[160];
	gsize len;
	bool ok;

	if (!g_file_get_contents(path, &text, &len, &error)) {
		cmd_talk(cmd, "%s", error->message);
		return false;
	}
	ok = check_read(text, len, &r, why);
	if (!ok)
		cmd_talk(cmd, "%s: %s", path, why);
	for (u32 i = 0; i < r.n; i++) {
		if (ok)
			ok = add(cmd, groups, r.v[i], path);
		else
			explore_result_free(r.v[i]);
	}
	g_free(r.v);
	return ok;
}

static bool complete(const struct cmd *cmd, const struct group *g)
{
	for (u32 i = 0; i < g->files->len; i++) {
		if (!g->files->pdata[i]) {
			cmd_talk(cmd, "%s: shard %u of %u is missing", g->whole->trace, i + 1,
				 g->files->len);
			return false;
		}
	}
	return true;
}

/* What only the whole can know; all schedules up to the last of them repeat such a finding. */
static void judge_order(struct explore_result *x)
{
	if (x->again)
		order_judge(x);
	for (u32 i = 0; i < x->nr_findings; i++) {
		struct explore_finding *f = &x->findings[i];

		if (f->across && !f->replay)
			f->replay = g_strdup_printf("%s --schedules %" PRIu64 " %s", x->again,
						    f->first + 1, x->trace);
	}
}

/* The groups as a report of wholes; EXIT_BAD_INPUT if one is none. */
static int collect(const struct cmd *cmd, GArray *groups, struct check_report *report)
{
	int code = EXIT_EXPECTED;

	report->v = g_new0(struct explore_result *, groups->len);
	for (u32 i = 0; i < groups->len; i++) {
		struct group *g = &g_array_index(groups, struct group, i);

		if (!complete(cmd, g))
			code = EXIT_BAD_INPUT;
		g->whole->shard = 0;
		g->whole->nr_shards = 1;
		coverage_settle(&g->whole->coverage);
		judge_order(g->whole);
		code = cmd_worse(code, emit_code(g->whole));
		report->v[report->n++] = g->whole;
		g_ptr_array_unref(g->files);
	}
	g_array_set_size(groups, 0);
	return code;
}

static int merge(const struct cmd *cmd, const struct emit_options *emit, char **paths)
{
	g_autoptr(GArray) groups = g_array_new(FALSE, TRUE, sizeof(struct group));
	struct check_report report = {0};
	bool ok = true;
	int code;

	for (char **p = paths; ok && *p; p++)
		ok = read_file(cmd, groups, *p);
	if (ok) {
		code = collect(cmd, groups, &report);
	} else {
		for (u32 i = 0; i < groups->len; i++) {
			explore_result_free(g_array_index(groups, struct group, i).whole);
			g_ptr_array_unref(g_array_index(groups, struct group, i).files);
		}
		code = EXIT_BAD_INPUT;
	}
	if (code != EXIT_BAD_INPUT)
		code = cmd_worse(code, emit_report(cmd, emit, &report));
	check_report_finish(&report);
	return code;
}

int cmd_merge(const struct cmd *cmd, int argc, char **argv)
{
	struct emit_options emit = {0};
	const GOptionEntry table[] = {EMIT_ENTRIES(&emit), {0}};
	g_auto(GStrv) paths = NULL;
	int code = EXIT_USAGE;

	if (cmd_parse(cmd, table, argc, argv, &paths) && emit_options_apply(cmd, &emit)) {
		if (paths[0])
			code = merge(cmd, &emit, paths);
		else
			cmd_talk(cmd, "no report given");
	}
	emit_options_finish(&emit);
	return code;
}
