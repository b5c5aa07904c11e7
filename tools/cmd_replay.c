// SPDX-License-Identifier: GPL-2.0-only
/*
 * gmemsim replay: repeat a recorded run and compare.
 *
 * The fingerprint is a hash of every event of the run, times included: if it is the same, so was
 * the run.  A run on real threads has no such thing and cannot be repeated.  --explain runs it
 * twice: the first time to see what it is about, the second time to look at that.
 */
#include <stdio.h>

#include "tools/cmd.h"
#include "tools/follow.h"
#include "tools/replay/replay.h"
#include "tools/report/report.h"
#include "tools/report/page_watch.h"

/* The command line. */
struct options {
	/* written by the option parser */
	char *bug;
	gboolean quiet, explain;
};

/* A run of what was recorded. */
struct repetition {
	/* written by repeat() */
	struct follow follow;
	struct replay *r;
	struct page_watch watch;
	bool watched;
	bool same;
	char how[200];
};

static void finish(struct repetition *x)
{
	if (x->r)
		replay_destroy(x->r);
	if (x->watched)
		page_watch_finish(&x->watch);
	follow_finish(&x->follow);
}

/* @place: what to look at; NULL: do not look.  Return: false after a message. */
static bool repeat(struct repetition *x, const struct trace *t, const struct options *o,
		   const char *line, const struct watch_place *place)
{
	struct trace_errors errs = {0};
	struct replay_options opt;

	*x = (struct repetition){.watched = place};
	replay_options_default(&opt);
	opt.bug = o->bug;
	follow_begin(&x->follow, t, &opt);
	opt.replay_line = line;
	opt.record_events = o->explain;
	x->r = replay_create(t, &opt, &errs);
	if (!x->r) {
		follow_finish(&x->follow);
		trace_errors_print(&errs, stderr);
		trace_errors_finish(&errs);
		return false;
	}
	if (place)
		page_watch_begin(&x->watch, replay_sim(x->r), place);
	replay_run(x->r);
	x->same = follow_end(&x->follow, t, replay_sim(x->r), x->how);
	return true;
}

/* The finding that the file was saved for, or that the trace expects, or the first. */
static const struct sim_finding *choose_finding(const struct trace *t, const struct sim *sim)
{
	u32 nth = t->schedule.finding;

	if (nth && nth <= sim->nr_findings)
		return &sim->findings[nth - 1];
	for (u32 i = 0; t->n_expect && i < sim->nr_findings; i++) {
		if (!g_strcmp0(sim->findings[i].rule, t->expect[0]))
			return &sim->findings[i];
	}
	return sim->nr_findings ? &sim->findings[0] : NULL;
}

/* struct report_story.op_text; of a block in one line, what is in it */
static bool op_text(void *ctx, u32 line, char buf[REPORT_OP_TEXT])
{
	const struct trace *t = ctx;

	for (u32 i = 0; i < t->n_ops; i++) {
		u8 verb = t->ops[i].verb;

		if (t->ops[i].line == line && verb != TRACE_OP_REPEAT && verb != TRACE_OP_FOR) {
			trace_op_text(t, &t->ops[i], buf, REPORT_OP_TEXT);
			return true;
		}
	}
	return false;
}

static void report(const struct repetition *x, struct trace *t, const struct options *o,
		   const char *line)
{
	struct report report = {.trace = t->path, .title = t->title, .replay = line};
	struct sim *sim = replay_sim(x->r);
	const struct report_story story = {.finding = choose_finding(t, sim),
					   .watch = x->watched ? &x->watch : NULL,
					   .op_text = op_text,
					   .ctx = t};
	char why[160];

	printf("%s: %s\n", x->same ? "identical" : "diverged", x->how);
	if (o->quiet && !o->explain)
		return;
	replay_as_expected(x->r, why);
	report.expectation = why;
	report.kernel = replay_kernel(x->r);
	report.locking = replay_locking(x->r);
	putchar('\n');
	report_init(&report, sim);
	if (o->explain)
		report_explain(&report, stdout, &story);
	else
		report_summary(&report, stdout);
	report_finish(&report);
}

static int replay(struct trace *t, const struct options *o)
{
	g_autofree char *line = g_strdup_printf("gmemsim replay %s", t->path);
	struct watch_place place = {.gfn = PAGE_VIEW_NONE};
	const struct sim_finding *f;
	struct repetition x;
	bool same;

	if (!repeat(&x, t, o, line, NULL))
		return EXIT_BAD_INPUT;
	if (o->explain) {
		f = choose_finding(t, replay_sim(x.r));
		page_watch_find_place(replay_sim(x.r), f ? f->message : "", &place);
		finish(&x);
		if (!repeat(&x, t, o, line, &place))
			return EXIT_BAD_INPUT;
	}
	report(&x, t, o, line);
	same = x.same;
	finish(&x);
	return same ? EXIT_EXPECTED : EXIT_FINDING;
}

int cmd_replay(const struct cmd *cmd, int argc, char **argv)
{
	struct options o = {0};
	const GOptionEntry table[] = {
		{"bug", 0, 0, G_OPTION_ARG_STRING, &o.bug, "the planted fault of the run", "SLUG"},
		{"explain", 0, 0, G_OPTION_ARG_NONE, &o.explain,
		 "how it came to the finding, a column per task, instead of the summary", NULL},
		{"quiet", 'q', 0, G_OPTION_ARG_NONE, &o.quiet, "no summary", NULL},
		{0},
	};
	g_auto(GStrv) paths = NULL;
	struct trace *t;
	int code = EXIT_USAGE;

	if (cmd_parse(cmd, table, argc, argv, &paths)) {
		t = cmd_load_recorded(cmd, paths, &code);
		if (t)
			code = replay(t, &o);
		trace_free(t);
	}
	g_free(o.bug);
	return code;
}
