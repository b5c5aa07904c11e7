// SPDX-License-Identifier: GPL-2.0-only
/*
 * gmemsim shrink: make a saved finding small.
 *
 * An interrupt, or the end of --time, ends the search, not the program: what is small by then is
 * written.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "tools/cmd.h"
#include "tools/progress.h"
#include "tools/record.h"
#include "tools/shrink.h"

#define TRIES 1000

static void put_size(GString *g, const struct shrink_size *x)
{
	g_string_append_printf(g,
			       "%u task%s, %u operation%s, %u schedule entr%s with %u "
			       "preemption%s",
			       x->tasks, x->tasks == 1 ? "" : "s", x->ops, x->ops == 1 ? "" : "s",
			       x->entries, x->entries == 1 ? "y" : "ies", x->preemptions,
			       x->preemptions == 1 ? "" : "s");
}

static void show_progress(void *ctx, const struct shrink_progress *p)
{
	g_autoptr(GString) now = g_string_new(NULL);
	double s = (double)p->elapsed_ns / 1e9, left_s = -1;
	char left[PROGRESS_LEFT];

	put_size(now, &p->now);
	if (p->time_ns)
		left_s = (double)p->time_ns / 1e9 - s;
	if (p->wanted)
		g_string_append_printf(now, ", line %u of %u", p->tried + 1, p->wanted);
	progress_put(ctx, "%s: %" PRIu64 " runs, %.0f/s%s", now->str, p->runs,
		     s > 0 ? (double)p->runs / s : 0, progress_left(left_s, left));
}

static void say(const struct cmd *cmd, const struct shrink *s)
{
	g_autoptr(GString) before = g_string_new(NULL), after = g_string_new(NULL);

	put_size(before, &s->before);
	put_size(after, &s->after);
	cmd_talk(cmd, "%s: %s", s->rule, before->str);
	cmd_talk(cmd, "became %s, in %" PRIu64 " runs", after->str, s->runs);
	cmd_talk(cmd, "%s",
		 s->minimal ? "nothing more can go" :
			      "ended early: it is not known whether more could go");
}

static int shrink(const struct cmd *cmd, struct shrink *s, const struct trace *t,
		  const char *output)
{
	struct progress_line line = {0};
	struct trace_errors errs = {0};
	struct out out;
	int err;

	/* now, not after minutes, if it cannot be written */
	if (!cmd_open(cmd, &out, output))
		return EXIT_INTERNAL;
	if (progress_wanted())
		s->progress = show_progress;
	s->ctx = &line;
	s->stop = cmd_interrupt();
	err = shrink_trace(s, t, &errs);
	progress_clear(&line);
	if (!err) {
		say(cmd, s);
		record_settle(s->trace, output, true, t->schedule.bug);
		cmd_put_trace(&out, s->trace);
		trace_free(s->trace);
		return cmd_close(cmd, &out, output);
	}
	out_abort(&out);
	switch (err) {
	case -EINVAL:
		trace_errors_print(&errs, stderr);
		trace_errors_finish(&errs);
		return EXIT_BAD_INPUT;
	case -ESTALE:
		cmd_talk(cmd, "%s: the run is another one now; see gmemsim replay", t->path);
		return EXIT_FINDING;
	default:
		cmd_talk(cmd, "%s: the recorded run has no finding", t->path);
		return EXIT_FINDING;
	}
}

int cmd_shrink(const struct cmd *cmd, int argc, char **argv)
{
	g_autofree char *output = NULL, *time = NULL;
	const GOptionEntry table[] = {
		{"output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
		 "where the small trace goes, instead of standard output", "FILE"},
		{"time", 0, 0, G_OPTION_ARG_STRING, &time,
		 "end after that time, e.g. 30s; default: when nothing more can go", "T"},
		{0},
	};
	struct shrink s = {.tries = TRIES};
	g_auto(GStrv) paths = NULL;
	struct trace *t;
	int code;

	if (!cmd_parse(cmd, table, argc, argv, &paths))
		return EXIT_USAGE;
	if (time && !cmd_parse_time(time, &s.time_ns)) {
		cmd_talk(cmd, "--time %s: not a time such as 30s", time);
		return EXIT_USAGE;
	}
	t = cmd_load_recorded(cmd, paths, &code);
	if (!t)
		return code;
	code = EXIT_BAD_INPUT;
	if (!trace_is_search(t) || !t->schedule.explored)
		cmd_talk(cmd, "%s is no finding of gmemsim check --save", paths[0]);
	else
		code = shrink(cmd, &s, t, output ? output : "-");
	trace_free(t);
	return code;
}
