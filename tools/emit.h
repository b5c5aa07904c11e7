/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/emit.h - how the subcommands that report on campaigns do so: check and merge.
 */
#ifndef TOOLS_EMIT_H
#define TOOLS_EMIT_H

#include "tools/cmd.h"
#include "tools/report/check.h"

/* The options about the report. */
struct emit_options {
	/* written by the option parser; strings are freed by emit_options_finish() */
	char *format, *json, *output;
	gboolean quiet;
	/* written by emit_options_apply() */
	const struct check_format *emitter;
};

#define EMIT_ENTRIES(e)                                                                            \
	{"format", 0, 0, G_OPTION_ARG_STRING, &(e)->format,                                        \
	 "of the report: text (default), ktap, junit or sarif", "FORMAT"},                         \
	{"output", 'o', 0, G_OPTION_ARG_FILENAME, &(e)->output,                                    \
	 "where the report goes, instead of standard output", "FILE"},                             \
	{"json", 0, 0, G_OPTION_ARG_FILENAME, &(e)->json, "write the JSON report", "FILE"},        \
	{"quiet", 'q', 0, G_OPTION_ARG_NONE, &(e)->quiet, "no report, no progress", NULL}

bool emit_options_apply(const struct cmd *cmd, struct emit_options *e);
void emit_options_finish(struct emit_options *e);

/**
 * emit_report - write all that is asked for
 *
 * Return: an exit code for what went wrong in writing, after a message; else EXIT_EXPECTED.
 */
int emit_report(const struct cmd *cmd, const struct emit_options *e, const struct check_report *r);

/* The exit code that a campaign comes to. */
int emit_code(const struct explore_result *x);

#endif
