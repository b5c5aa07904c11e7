// SPDX-License-Identifier: GPL-2.0-only
/*
 * gmemsim shrink: make a saved finding small.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "tools/cmd.h"
#include "tools/shrink.h"

#define TRIES	 1000
#define MAX_RUNS 200000

static void say(const struct shrink *s)
{
	const struct shrink_size *a = &s->before, *b = &s->after;

	fprintf(stderr,
		"%s: %u tasks, %u operations, %u schedule entries with %u preemptions\n"
		"became %u, %u, %u with %u, in %" PRIu64 " runs; %s\n",
		s->rule, a->tasks, a->ops, a->entries, a->preemptions, b->tasks, b->ops, b->entries,
		b->preemptions, s->runs,
		s->minimal ? "nothing more can go" : "stopped before nothing more could go");
}

static int shrink(const struct cmd *cmd, const struct trace *t, const char *path,
		  const char *output)
{
	struct shrink s = {.tries = TRIES, .max_runs = MAX_RUNS};
	struct trace_errors errs = {0};
	int code;

	switch (shrink_trace(&s, t, &errs)) {
	case 0:
		say(&s);
		code = cmd_write_trace(cmd, output ? output : "-", s.trace);
		trace_free(s.trace);
		return code;
	case -EINVAL:
		trace_errors_print(&errs, stderr);
		trace_errors_finish(&errs);
		return EXIT_BAD_INPUT;
	case -ESTALE:
		cmd_talk(cmd, "%s: the run is another one now; see gmemsim replay", path);
		return EXIT_FINDING;
	default:
		cmd_talk(cmd, "%s: the recorded run has no finding", path);
		return EXIT_FINDING;
	}
}

int cmd_shrink(const struct cmd *cmd, int argc, char **argv)
{
	g_autofree char *output = NULL;
	const GOptionEntry table[] = {
		{"output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
		 "where the small trace goes, instead of standard output", "FILE"},
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
	code = EXIT_BAD_INPUT;
	if (!trace_is_search(t) || !t->schedule.explored)
		cmd_talk(cmd, "%s is no finding of gmemsim check --save", paths[0]);
	else
		code = shrink(cmd, t, paths[0], output);
	trace_free(t);
	return code;
}
