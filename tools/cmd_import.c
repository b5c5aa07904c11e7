// SPDX-License-Identifier: GPL-2.0-only
/*
 * gmemsim import: recordings of real kernels as traces.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cmd.h"
#include "tools/import/import.h"
#include "tools/replay/replay.h"

#define COST_NAME "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

/* The importer's text in canonical form; that it parses is the importer's promise. */
static char *canonical(const char *path, char *text, size_t *len)
{
	struct trace_errors errs = {0};
	struct trace *t = trace_parse_buf(path, text, strlen(text), &replay_names, &errs);
	char *print = t ? trace_print(t, len) : NULL;

	if (!t)
		trace_errors_print(&errs, stderr);
	trace_errors_finish(&errs);
	trace_free(t);
	return print;
}

static int import(const struct cmd *cmd, const char *path, const struct import_options *opt,
		  const char *to)
{
	struct import_error error;
	char *text = import_ftrace_file(path, opt, &error), *print;
	size_t len = 0;
	int code;

	if (!text) {
		if (error.line)
			fprintf(stderr, "%s:%u:%u: error: %s\n", path, error.line, error.col,
				error.message);
		else
			fprintf(stderr, "%s: error: %s\n", path, error.message);
		return EXIT_BAD_INPUT;
	}
	print = canonical(path, text, &len);
	free(text);
	if (!print) {
		cmd_talk(cmd, "the importer wrote what is no trace; this is a bug");
		return EXIT_INTERNAL;
	}
	code = cmd_write(cmd, to, print, len);
	free(print);
	return code;
}

static bool fill(const struct cmd *cmd, struct import_options *opt, const char *path,
		 const char *assume, const char *comments, char **text)
{
	struct import_error error;
	g_autoptr(GError) gerror = NULL;

	if (!import_assume_parse(assume ? assume : "", &opt->assume, &error)) {
		cmd_talk(cmd, "--assume, column %u: %s", error.col, error.message);
		return false;
	}
	if (comments && !g_file_get_contents(comments, text, NULL, &gerror)) {
		cmd_talk(cmd, "%s", gerror->message);
		return false;
	}
	opt->comments = *text;
	if (!opt->source)
		opt->source = path;
	return true;
}

int cmd_import(const struct cmd *cmd, int argc, char **argv)
{
	struct import_options opt = {0};
	g_autofree char *to = NULL, *assume = NULL, *comments = NULL, *title = NULL;
	g_autofree char *costs = NULL, *text = NULL, *base = NULL;
	int cpus = 0;
	const GOptionEntry table[] = {
		{"output", 'o', 0, G_OPTION_ARG_FILENAME, &to, "the trace; default: stdout",
		 "FILE"},
		{"assume", 0, 0, G_OPTION_ARG_STRING, &assume,
		 "what it cannot say: \"size=32M prefill=mapped faulters=4\"", "TEXT"},
		{"costs", 0, 0, G_OPTION_ARG_STRING, &costs,
		 "cost file that the trace is to include", "NAME"},
		{"cpus", 0, 0, G_OPTION_ARG_INT, &cpus,
		 "CPUs of the recorded machine; default: as many as appear", "N"},
		{"title", 0, 0, G_OPTION_ARG_STRING, &title, "the trace's title", "TEXT"},
		{"comments", 0, 0, G_OPTION_ARG_FILENAME, &comments,
		 "a file to quote at the head of the trace", "FILE"},
		{0},
	};
	g_auto(GStrv) args = NULL;

	if (!cmd_parse(cmd, table, argc, argv, &args))
		return EXIT_USAGE;
	if (!args[0] || strcmp(args[0], "ftrace") != 0 || !args[1] || args[2]) {
		cmd_talk(cmd, "usage: gmemsim import ftrace FILE");
		return EXIT_USAGE;
	}
	if (cpus < 0 || cpus > 1024) {
		cmd_talk(cmd, "--cpus: 1 to 1024");
		return EXIT_USAGE;
	}
	if (costs && (!g_ascii_isalpha(*costs) || strspn(costs, COST_NAME) != strlen(costs))) {
		cmd_talk(cmd, "--costs %s: the name of a cost file, without .ini", costs);
		return EXIT_USAGE;
	}
	base = g_path_get_basename(args[1]);
	opt.source = base;
	opt.title = title;
	opt.costs = costs;
	opt.cpus = (u32)cpus;
	if (!fill(cmd, &opt, args[1], assume, comments, &text))
		return EXIT_USAGE;
	return import(cmd, args[1], &opt, to ? to : "-");
}
