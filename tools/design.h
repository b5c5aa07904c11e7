/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/design.h - what the command line says about what runs, instead of the trace: for run and
 * check, and for the files that they record.
 */
#ifndef TOOLS_DESIGN_H
#define TOOLS_DESIGN_H

#include "tools/cmd.h"

/* NULL and 0: the trace says. */
struct design_options {
	/* written by the option parser; strings are freed by design_finish() */
	char *seed, *kernel, *locking, *costs, *bug;
	int fail_one_in;
};

#define DESIGN_ENTRIES(d)                                                                          \
	{"seed", 0, 0, G_OPTION_ARG_STRING, &(d)->seed,                                            \
	 "a number or a commit hash; default 1", "N"},                                             \
	{"kernel", 0, 0, G_OPTION_ARG_STRING, &(d)->kernel,                                        \
	 "whose step order, instead of the trace's", "KERNEL"},                                    \
	{"locking", 0, 0, G_OPTION_ARG_STRING, &(d)->locking,                                      \
	 "how the file's memory is locked, instead of the trace's", "LOCKING"},                    \
	{"costs", 0, 0, G_OPTION_ARG_FILENAME, &(d)->costs,                                        \
	 "a cost file, read after the trace's own", "FILE"},                                       \
	{"bug", 0, 0, G_OPTION_ARG_STRING, &(d)->bug, "plant a fault (gmemsim list bugs)",         \
	 "SLUG"},                                                                                  \
	{"fail-one-in", 0, 0, G_OPTION_ARG_INT, &(d)->fail_one_in,                                 \
	 "fallible steps fail by choice, one in N, instead of the trace's", "N"}

/**
 * design_apply - the design, the seed and a limit of memory for @opt
 *
 * Return: false after a message.
 */
bool design_apply(const struct cmd *cmd, const struct design_options *d,
		  struct replay_options *opt);

/**
 * design_add - append the options that say the same, but for the seed: " --kernel inplace"
 */
void design_add(GString *g, const struct design_options *d);

/**
 * design_set_failures - which of its steps fail is a matter of the trace alone: before it runs
 */
void design_set_failures(struct trace *t, const struct design_options *d);

/**
 * design_write - have the trace say what else the command line said, so that it needs no options
 *
 * Context: design_apply() has accepted it.
 */
void design_write(struct trace *t, const struct design_options *d);

void design_finish(struct design_options *d);

#endif
