// SPDX-License-Identifier: GPL-2.0-only
/*
 * gmemsim check: run traces in many orders and report what can happen.
 *
 * An interrupt ends the campaign, not the program: what was found until then is reported.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cmd.h"
#include "tools/emit.h"
#include "tools/explore/explore.h"
#include "tools/progress.h"
#include "tools/record.h"

/* The command line. */
struct options {
	/* written by the option parser */
	struct design_options design;
	char *explore, *schedules, *only, *time, *shard, *save;
	int jobs, preemptions;
	gboolean first;
	struct emit_options emit;
	/* what they come to */
	struct campaign_options campaign;
};

static const GOptionEntry *entries(struct options *o)
{
	const GOptionEntry table[] = {
		{"explore", 0, 0, G_OPTION_ARG_STRING, &o->explore,
		 "portfolio (default) or another of gmemsim list strategies", "STRATEGY"},
		DESIGN_ENTRIES(&o->design),
		{"schedules", 0, 0, G_OPTION_ARG_STRING, &o->schedules,
		 "for each trace; default 10000, with --time no limit", "N"},
		{"only", 0, 0, G_OPTION_ARG_STRING, &o->only,
		 "one of them, as a finding names it", "I"},
		{"time", 0, 0, G_OPTION_ARG_STRING, &o->time, "for each trace, e.g. 30s", "T"},
		{"first", 0, 0, G_OPTION_ARG_NONE, &o->first,
		 "end a trace at the first finding that it does not expect", NULL},
		{"preemptions", 0, 0, G_OPTION_ARG_INT, &o->preemptions,
		 "dfs and portfolio: bound of the systematic search; default none", "K"},
		{"jobs", 'j', 0, G_OPTION_ARG_INT, &o->jobs, "worker processes; default 1", "J"},
		{"shard", 0, 0, G_OPTION_ARG_STRING, &o->shard,
		 "part I of N of the schedules; gmemsim merge puts them together", "I/N"},
		{"save", 0, 0, G_OPTION_ARG_FILENAME, &o->save,
		 "write each finding as a trace with its schedule, for gmemsim replay", "DIR"},
		EMIT_ENTRIES(&o->emit),
		{0},
	};

	return g_memdup2(table, sizeof(table));
}

/* ---- the command line ------------------------------------------------------------------ */

static bool parse_count(const char *text, u64 *out)
{
	char *end;

	errno = 0;
	*out = g_ascii_strtoull(text, &end, 10);
	return end != text && !*end && !errno && *out && g_ascii_isdigit(text[0]);
}

/* "2/8" */
static bool parse_shard(const char *text, struct campaign_options *c)
{
	g_auto(GStrv) parts = g_strsplit(text, "/", 0);
	u64 i, n;

	if (g_strv_length(parts) != 2 || !parse_count(parts[0], &i) || !parse_count(parts[1], &n) ||
	    i > n || n > 1000000)
		return false;
	c->shard = (u32)i - 1;
	c->nr_shards = (u32)n;
	return true;
}

static bool apply_strategy(const struct cmd *cmd, const struct options *o,
			   struct campaign_options *c)
{
	g_autoptr(GString) list = g_string_new(NULL);

	if (o->preemptions >= 0)
		c->preemptions = (u32)o->preemptions;
	if (!o->explore || campaign_strategy_parse(c, o->explore)) {
		if (o->preemptions < 0 || c->strategy == CAMPAIGN_DFS ||
		    c->strategy == CAMPAIGN_PORTFOLIO)
			return true;
		cmd_talk(cmd, "--preemptions is a bound of dfs and portfolio");
		return false;
	}
	for (const struct campaign_strategy_desc *d = campaign_strategies; d->name; d++)
		g_string_append_printf(list, "%s%s", list->len ? ", " : "", d->name);
	cmd_talk(cmd, "--explore %s: not one of %s", o->explore, list->str);
	return false;
}

static bool apply_budget(const struct cmd *cmd, const struct options *o, struct campaign_options *c)
{
	if (o->time && !cmd_parse_time(o->time, &c->time_ns)) {
		cmd_talk(cmd, "--time %s: not a time such as 30s", o->time);
		return false;
	}
	if (o->time)
		c->schedules = 0;
	if (o->schedules && !parse_count(o->schedules, &c->schedules)) {
		cmd_talk(cmd, "--schedules %s: not a number from 1 on", o->schedules);
		return false;
	}
	if (o->only && !parse_count(o->only, &c->only)) {
		cmd_talk(cmd, "--only %s: not a number from 1 on", o->only);
		return false;
	}
	if (o->jobs < 1 || o->jobs > 1024) {
		cmd_talk(cmd, "--jobs: 1 to 1024");
		return false;
	}
	if (o->shard && !parse_shard(o->shard, c)) {
		cmd_talk(cmd, "--shard %s: not I/N with I from 1 to N", o->shard);
		return false;
	}
	c->jobs = (u32)o->jobs;
	c->first_only = o->first;
	return true;
}

static bool apply(const struct cmd *cmd, struct options *o)
{
	struct campaign_options *c = &o->campaign;

	campaign_options_default(c);
	c->stop = cmd_interrupt();
	if (!apply_strategy(cmd, o, c) || !apply_budget(cmd, o, c) ||
	    !design_apply(cmd, &o->design, &c->run))
		return false;
	c->seed = c->run.seed;
	return emit_options_apply(cmd, &o->emit);
}

/* ---- one trace ------------------------------------------------------------------------- */

/* What a progress line is about. */
struct watched {
	/* constant */
	const char *what;
	struct progress_line line;
};

static void show_progress(void *ctx, const struct campaign_progress *p)
{
	struct watched *w = ctx;
	double s = (double)p->elapsed_ns / 1e9, rate = s > 0 ? (double)p->schedules / s : 0;
	double left_s = -1;
	char left[PROGRESS_LEFT];

	if (p->limit && rate > 0)
		left_s = (double)(p->limit - p->schedules) / rate;
	if (p->time_ns && (left_s < 0 || (double)p->time_ns / 1e9 - s < left_s))
		left_s = (double)p->time_ns / 1e9 - s;
	progress_put(&w->line,
		     "%" PRIu64 " schedules, %.0f/s, depth %" PRIu64 ", %" PRIu64
		     " different, %" PRIu64 " finding%s%s: %s",
		     p->schedules, rate, p->depth_max, p->distinct, p->findings,
		     p->findings == 1 ? "" : "s", progress_left(left_s, left), w->what);
}

static void say_end(const struct cmd *cmd, const struct explore_result *x)
{
	double s = (double)x->wall_ns / 1e9;

	cmd_talk(cmd, "%s: %" PRIu64 " schedules in %.1f s, %.0f/s", x->trace, x->schedules, s,
		 s > 0 ? (double)x->schedules / s : 0.0);
}

/* The command of this campaign, but for the schedules and the trace. */
static char *command(const struct options *o)
{
	GString *g = g_string_new("gmemsim check");

	cmd_add_option(g, "explore", o->explore);
	if (o->preemptions >= 0)
		g_string_append_printf(g, " --preemptions %d", o->preemptions);
	g_string_append_printf(g, " --seed 0x%" PRIx64, o->campaign.seed);
	design_add(g, &o->design);
	return g_string_free(g, FALSE);
}

/* The command that repeats the schedule of a finding that is in no file. */
static char *replay_line(const struct explore_result *x, const struct explore_finding *f)
{
	return g_strdup_printf("%s --%s %" PRIu64 " %s", x->again, f->sample ? "only" : "schedules",
			       f->first + 1, x->trace);
}

static int save_findings(const struct cmd *cmd, const struct options *o, struct trace *t,
			 struct explore_result *x)
{
	int code = EXIT_EXPECTED;

	x->again = command(o);
	for (u32 i = 0; i < x->nr_findings; i++) {
		struct explore_finding *f = &x->findings[i];

		if (o->save && !f->across)
			code = cmd_worse(code, record_finding(cmd, t, o->save, &o->design, x, f));
		f->replay = f->file ? g_strdup_printf("gmemsim replay %s", f->file) :
				      replay_line(x, f);
	}
	return code;
}

static struct explore_result *check_path(const struct cmd *cmd, struct options *o,
					 const char *path, int *code)
{
	struct trace_errors errs = {0};
	struct trace *t = cmd_load(path);
	struct explore_result *x;
	struct watched watched = {.what = path};
	bool watch = !o->emit.quiet && progress_wanted();

	*code = EXIT_BAD_INPUT;
	if (!t)
		return NULL;
	design_set_failures(t, &o->design);
	o->campaign.progress = watch ? show_progress : NULL;
	o->campaign.progress_ctx = &watched;
	x = campaign_run(t, &o->campaign, &errs);
	progress_clear(&watched.line);
	if (x) {
		*code = cmd_worse(emit_code(x), save_findings(cmd, o, t, x));
		if (watch)
			say_end(cmd, x);
	} else {
		if (errs.n && errs.v[0].loc.line == 0 && strstr(errs.v[0].message, "worker"))
			*code = EXIT_INTERNAL;
		trace_errors_print(&errs, stderr);
		trace_errors_finish(&errs);
	}
	trace_free(t);
	return x;
}

static int check_all(const struct cmd *cmd, struct options *o, char **paths)
{
	struct check_report report = {g_new0(struct explore_result *, g_strv_length(paths)), 0};
	int worst = EXIT_EXPECTED;

	for (char **p = paths; *p && !*o->campaign.stop; p++) {
		int code;
		struct explore_result *x = check_path(cmd, o, *p, &code);

		worst = cmd_worse(worst, code);
		if (x)
			report.v[report.n++] = x;
	}
	if (report.n)
		worst = cmd_worse(worst, emit_report(cmd, &o->emit, &report));
	check_report_finish(&report);
	return worst;
}

static void free_options(struct options *o)
{
	char *strings[] = {o->explore, o->schedules, o->time, o->shard, o->save, o->only};

	design_finish(&o->design);
	for (size_t i = 0; i < G_N_ELEMENTS(strings); i++)
		g_free(strings[i]);
	emit_options_finish(&o->emit);
}

int cmd_check(const struct cmd *cmd, int argc, char **argv)
{
	struct options o = {.jobs = 1, .preemptions = -1};
	g_autofree GOptionEntry *table = (GOptionEntry *)entries(&o);
	g_auto(GStrv) paths = NULL;
	int code = EXIT_USAGE;

	if (cmd_parse(cmd, table, argc, argv, &paths) && apply(cmd, &o)) {
		if (paths[0])
			code = check_all(cmd, &o, paths);
		else
			cmd_talk(cmd, "no trace given");
	}
	free_options(&o);
	return code;
}
