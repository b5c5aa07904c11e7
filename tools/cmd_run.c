// SPDX-License-Identifier: GPL-2.0-only
/*
 * gmemsim run: execute traces.
 *
 * Every file that is asked for is written for each trace; with several traces only the reports on
 * standard output make sense, so files are refused then.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cmd.h"
#include "tools/follow.h"
#include "tools/progress.h"
#include "tools/record.h"
#include "tools/report/callers.h"
#include "tools/report/report.h"
#include "tools/sensitivity.h"

/* The command line. */
struct options {
	/* written by the option parser */
	struct design_options design;
	char *engine, *sched;
	char *json, *ftrace, *trace_dat, *perf_data, *perfetto, *html, *record, *limit;
	double cost_scale;
	gboolean lock_stat, perf_lock, ftrace_ns, no_checks, races, quiet, sensitivity;
};

static const GOptionEntry *entries(struct options *o)
{
	const GOptionEntry table[] = {
		{"engine", 0, 0, G_OPTION_ARG_STRING, &o->engine,
		 "virtual (default: simulated time) or threads (real threads and locks)", "ENGINE"},
		DESIGN_ENTRIES(&o->design),
		{"sched", 0, 0, G_OPTION_ARG_STRING, &o->sched,
		 "fifo (in time order), random or search, instead of the trace's", "POLICY"},
		{"cost-scale", 0, 0, G_OPTION_ARG_DOUBLE, &o->cost_scale,
		 "threads: share of modelled costs that takes real time; default 1", "X"},
		{"limit", 0, 0, G_OPTION_ARG_STRING, &o->limit,
		 "end the run at this simulated time, e.g. 10s", "TIME"},
		{"json", 0, 0, G_OPTION_ARG_FILENAME, &o->json, "write the JSON report", "FILE"},
		{"lock-stat", 0, 0, G_OPTION_ARG_NONE, &o->lock_stat,
		 "print /proc/lock_stat's table as well", NULL},
		{"perf-lock", 0, 0, G_OPTION_ARG_NONE, &o->perf_lock,
		 "print perf lock contention's table as well", NULL},
		{"ftrace", 0, 0, G_OPTION_ARG_FILENAME, &o->ftrace,
		 "write all events as ftrace text", "FILE"},
		{"ftrace-ns", 0, 0, G_OPTION_ARG_NONE, &o->ftrace_ns, "... with nanoseconds", NULL},
		{"trace-dat", 0, 0, G_OPTION_ARG_FILENAME, &o->trace_dat,
		 "... as a trace.dat, for trace-cmd report and KernelShark", "FILE"},
		{"perf-data", 0, 0, G_OPTION_ARG_FILENAME, &o->perf_data,
		 "... as a perf.data, with call stacks, for perf lock contention", "FILE"},
		{"perfetto", 0, 0, G_OPTION_ARG_FILENAME, &o->perfetto,
		 "write a timeline for ui.perfetto.dev: tasks, locks, CPUs", "FILE"},
		{"html", 0, 0, G_OPTION_ARG_FILENAME, &o->html,
		 "write all of it as one page, with a timeline", "FILE"},
		{"record", 0, 0, G_OPTION_ARG_FILENAME, &o->record,
		 "write the trace with this run's choices, for gmemsim replay", "FILE"},
		{"no-checks", 0, 0, G_OPTION_ARG_NONE, &o->no_checks,
		 "look for broken invariants at the end only", NULL},
		{"races", 0, 0, G_OPTION_ARG_NONE, &o->races,
		 "look for data races as well (virtual engine; check always does)", NULL},
		{"sensitivity", 0, 0, G_OPTION_ARG_NONE, &o->sensitivity,
		 "run again with each cost that is not measured halved and doubled", NULL},
		{"quiet", 'q', 0, G_OPTION_ARG_NONE, &o->quiet, "no summary", NULL},
		{0},
	};

	return g_memdup2(table, sizeof(table));
}

static bool apply(const struct cmd *cmd, const struct options *o, struct replay_options *opt)
{
	int word;

	if (o->engine) {
		word = cmd_find_word(cmd, "engine", o->engine, cmd_engines);
		if (word < 0)
			return false;
		opt->engine = (enum engine_kind)word;
	}
	if (o->sched && (opt->sched = cmd_find_word(cmd, "sched", o->sched, cmd_scheds)) < 0)
		return false;
	if (o->limit && o->record) {
		cmd_talk(cmd, "--record: a run that --limit may end cannot be repeated");
		return false;
	}
	if (o->limit && !cmd_parse_time(o->limit, &opt->limit_ns)) {
		cmd_talk(cmd, "--limit %s: not a time such as 500ms", o->limit);
		return false;
	}
	if (!(o->cost_scale >= 0 && o->cost_scale <= 1e6)) {
		cmd_talk(cmd, "--cost-scale: 0 to 1000000");
		return false;
	}
	opt->cost_scale = o->cost_scale;
	opt->note_costs = true;
	if (o->perf_data && opt->engine != ENGINE_VIRTUAL) {
		cmd_talk(cmd, "--perf-data: only the virtual engine knows the call stacks");
		return false;
	}
	if (o->perf_data && !strcmp(o->perf_data, "-")) {
		cmd_talk(cmd, "--perf-data: writes two files, and so not to standard output");
		return false;
	}
	opt->record_events = o->ftrace || o->trace_dat || o->perf_data || o->perfetto || o->html;
	opt->record_tape = o->record != NULL;
	opt->checks = !o->no_checks;
	opt->races = o->races;
	return design_apply(cmd, &o->design, opt);
}

/* The command that repeats this run. */
static char *replay_line(const struct options *o, const struct replay_options *opt,
			 const char *path)
{
	GString *g = g_string_new("gmemsim run");

	cmd_add_option(g, "engine", opt->engine == ENGINE_THREADS ? "threads" : NULL);
	g_string_append_printf(g, " --seed 0x%" PRIx64, opt->seed);
	cmd_add_option(g, "sched", o->sched);
	design_add(g, &o->design);
	cmd_add_option(g, "limit", o->limit);
	if (o->races)
		g_string_append(g, " --races");
	g_string_append_printf(g, " %s", path);
	return g_string_free(g, FALSE);
}

typedef void (*emitter)(const struct report *r, FILE *to);

static void emit_ftrace(const struct report *r, FILE *to)
{
	report_ftrace(r, to, false);
}

static void emit_ftrace_ns(const struct report *r, FILE *to)
{
	report_ftrace(r, to, true);
}

static int write_report(const struct cmd *cmd, const struct report *report, const char *path,
			emitter emit)
{
	struct out out;

	if (!path)
		return EXIT_EXPECTED;
	if (!cmd_open(cmd, &out, path))
		return EXIT_INTERNAL;
	emit(report, out.to);
	return cmd_close(cmd, &out, path);
}

/* FILE, and FILE.kallsyms: what its functions are called. */
static int write_perf_data(const struct cmd *cmd, const struct report *report, const char *path)
{
	g_autofree char *kallsyms = path ? g_strconcat(path, ".kallsyms", NULL) : NULL;
	int code;

	if (path && !report->callers) { /* a recorded run that was one on threads */
		cmd_talk(cmd, "--perf-data: only the virtual engine knows the call stacks");
		return EXIT_INTERNAL;
	}
	code = write_report(cmd, report, path, report_perf_data);
	return cmd_worse(code, write_report(cmd, report, kallsyms, report_perf_kallsyms));
}

/* Does one of the files go to standard output, instead of the summary? */
static bool stdout_taken(const struct options *o)
{
	const char *const files[] = {o->json, o->ftrace, o->trace_dat, o->perfetto, o->html,
				     o->record};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (files[i] && !strcmp(files[i], "-"))
			return true;
	}
	return false;
}

/* Tables on standard output, a blank line between two. */
static void print_tables(const struct options *o, const struct report *report)
{
	bool any = !o->quiet && !stdout_taken(o);

	if (any)
		report_summary(report, stdout);
	if (o->lock_stat) {
		if (any)
			putchar('\n');
		report_lock_stat(report, stdout);
		any = true;
	}
	if (o->perf_lock) {
		if (any)
			putchar('\n');
		report_perf_lock(report, stdout);
	}
}

/* Everything that is asked for about a finished run. */
static int emit(const struct cmd *cmd, const struct options *o, const struct replay_options *opt,
		struct replay *r, struct trace *t, struct report *report)
{
	struct cost_use use[NR_COSTS];
	emitter ftrace = o->ftrace_ns ? emit_ftrace_ns : emit_ftrace;
	int code;

	report_init(report, replay_sim(r));
	report->costs = use;
	report->nr_costs = replay_costs(r, use);
	if (o->sensitivity && !sensitivity_run(t, opt, report))
		cmd_talk(cmd, "not all costs have been varied");
	print_tables(o, report);
	code = write_report(cmd, report, o->json, report_json);
	code = cmd_worse(code, write_report(cmd, report, o->ftrace, ftrace));
	code = cmd_worse(code, write_report(cmd, report, o->trace_dat, report_trace_dat));
	code = cmd_worse(code, write_perf_data(cmd, report, o->perf_data));
	code = cmd_worse(code, write_report(cmd, report, o->perfetto, report_perfetto));
	code = cmd_worse(code, write_report(cmd, report, o->html, report_html));
	if (o->record)
		code = cmd_worse(code, record_run(cmd, t, r, o->record, &o->design, o->sched));
	sensitivity_free(report);
	report_finish(report);
	return code;
}

static int run_trace(const struct cmd *cmd, const struct options *o, struct replay_options *opt,
		     struct trace *t, const char *path)
{
	g_autofree char *line = replay_line(o, opt, path);
	struct trace_errors errs = {0};
	struct report report = {.trace = path, .title = t->title, .replay = line};
	struct progress *progress;
	struct callers callers;
	struct replay *r;
	char why[160];
	int code;
	u64 begin_ns;

	opt->replay_line = line;
	cmd_replay_line = line;
	r = replay_create(t, opt, &errs);
	if (!r) {
		trace_errors_print(&errs, stderr);
		trace_errors_finish(&errs);
		cmd_replay_line = NULL;
		return EXIT_BAD_INPUT;
	}
	if (o->perf_data && replay_sim(r)->is_virtual) {
		callers_begin(&callers, replay_sim(r));
		report.callers = &callers;
	}
	progress = o->quiet ? NULL : progress_start(replay_sim(r), path);
	begin_ns = explore_now_ns();
	replay_run(r);
	report.wall_ns = explore_now_ns() - begin_ns;
	progress_stop(progress);
	code = replay_as_expected(r, why) ? EXIT_EXPECTED : EXIT_FINDING;
	report.expectation = why;
	report.kernel = replay_kernel(r);
	report.locking = replay_locking(r);
	code = cmd_worse(code, emit(cmd, o, opt, r, t, &report));
	if (report.callers)
		callers_finish(&callers);
	replay_destroy(r);
	cmd_replay_line = NULL;
	return code;
}

/* A recorded run is repeated, unless the command line asks for another. */
static int run_path(const struct cmd *cmd, const struct options *o,
		    const struct replay_options *base, const char *path)
{
	struct replay_options opt = *base;
	struct trace *t = cmd_load(path);
	struct follow follow;
	bool follows;
	int code;

	if (!t)
		return EXIT_BAD_INPUT;
	follows = t->schedule.set && !o->design.seed;
	if (follows) {
		follow_begin(&follow, t, &opt);
		opt.lock_stat |= o->lock_stat || o->perf_lock;
		if (!o->engine)
			opt.engine = (enum engine_kind)t->schedule.engine;
	}
	design_set_failures(t, &o->design);
	code = run_trace(cmd, o, &opt, t, path);
	if (follows)
		follow_finish(&follow);
	trace_free(t);
	return code;
}

static void free_options(struct options *o)
{
	char *strings[] = {o->engine,	 o->sched,     o->json, o->ftrace, o->trace_dat,
			   o->perf_data, o->perfetto, o->html, o->record, o->limit};

	design_finish(&o->design);
	for (size_t i = 0; i < G_N_ELEMENTS(strings); i++)
		g_free(strings[i]);
}

static bool takes_one(const struct options *o)
{
	return o->json || o->ftrace || o->trace_dat || o->perf_data || o->perfetto || o->html ||
	       o->record;
}

int cmd_run(const struct cmd *cmd, int argc, char **argv)
{
	struct options o = {.cost_scale = 1};
	g_autofree GOptionEntry *table = (GOptionEntry *)entries(&o);
	struct replay_options opt;
	g_auto(GStrv) paths = NULL;
	int code = EXIT_EXPECTED;

	replay_options_default(&opt);
	if (!cmd_parse(cmd, table, argc, argv, &paths) || !apply(cmd, &o, &opt)) {
		code = EXIT_USAGE;
	} else if (!paths[0]) {
		cmd_talk(cmd, "no trace given");
		code = EXIT_USAGE;
	} else if (paths[1] && takes_one(&o)) {
		cmd_talk(cmd, "options that write files take one trace");
		code = EXIT_USAGE;
	}
	for (char **p = paths; code != EXIT_USAGE && *p; p++) {
		if (p > paths)
			putchar('\n');
		code = cmd_worse(code, run_path(cmd, &o, &opt, *p));
	}
	free_options(&o);
	return code;
}
