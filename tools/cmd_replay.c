// SPDX-License-Identifier: GPL-2.0-only
/*
 * gmemsim replay: repeat a recorded run and compare.
 *
 * The fingerprint is a hash of every event of the run, times included: if it is the same, so was
 * the run.  A run on real threads has no such thing and cannot be repeated.  --explain records the
 * events on the way, which is no part of the fingerprint.
 */
#include <stdio.h>

#include "tools/cmd.h"
#include "tools/follow.h"
#include "tools/replay/replay.h"
#include "tools/report/report.h"

static int repeat(const struct cmd *cmd, struct trace *t, const char *path, const char *bug,
		  bool quiet, bool explain)
{
	g_autofree char *line = g_strdup_printf("gmemsim replay %s", path);
	struct trace_errors errs = {0};
	struct report report = {.trace = path, .title = t->title, .replay = line};
	struct replay_options opt;
	struct follow follow;
	struct replay *r;
	struct sim *sim;
	char why[160], how[200];
	bool same;

	replay_options_default(&opt);
	opt.bug = bug;
	follow_begin(&follow, t, &opt);
	opt.replay_line = line;
	opt.record_events = explain;
	r = replay_create(t, &opt, &errs);
	if (!r) {
		follow_finish(&follow);
		trace_errors_print(&errs, stderr);
		trace_errors_finish(&errs);
		return EXIT_BAD_INPUT;
	}
	replay_run(r);
	sim = replay_sim(r);
	same = follow_end(&follow, t, sim, how);
	printf("%s: %s\n", same ? "identical" : "diverged", how);
	replay_as_expected(r, why);
	report.expectation = why;
	report.kernel = replay_kernel(r);
	report.locking = replay_locking(r);
	if (explain || !quiet) {
		putchar('\n');
		report_init(&report, sim);
		if (explain)
			report_explain(&report, stdout, t->n_expect ? t->expect[0] : NULL);
		else
			report_summary(&report, stdout);
		report_finish(&report);
	}
	replay_destroy(r);
	follow_finish(&follow);
	return same ? EXIT_EXPECTED : EXIT_FINDING;
}

int cmd_replay(const struct cmd *cmd, int argc, char **argv)
{
	g_autofree char *bug = NULL;
	gboolean quiet = FALSE, explain = FALSE;
	const GOptionEntry table[] = {
		{"bug", 0, 0, G_OPTION_ARG_STRING, &bug, "the planted fault of the run", "SLUG"},
		{"explain", 0, 0, G_OPTION_ARG_NONE, &explain,
		 "how it came to the finding, a column per task, instead of the summary", NULL},
		{"quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, "no summary", NULL},
		{0},
	};
	g_auto(GStrv) paths = NULL;
	struct trace *t;
	int code;

	if (!cmd_parse(cmd, table, argc, argv, &paths))
		return EXIT_USAGE;
	t = cmd_load_recorded(cmd, paths, &code);
	if (!t)
		return code;
	code = repeat(cmd, t, paths[0], bug, quiet, explain);
	trace_free(t);
	return code;
}
