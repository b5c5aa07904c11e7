/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/record.h - a run written down: its trace, the design it ran with, and its choices.
 *
 * What the command line changed goes into the trace, so that the file alone repeats the run.
 */
#ifndef TOOLS_RECORD_H
#define TOOLS_RECORD_H

#include "tools/design.h"
#include "tools/explore/explore.h"

/**
 * record_settle - make @t, with its schedule, ready to be written to @path
 * @explored: by exploration, not by a clock
 * @bug: its planted fault, or NULL
 *
 * It states the costs of files that would not be found there, and where it comes from.
 */
void record_settle(struct trace *t, const char *path, bool explored, const char *bug);

/**
 * record_run - write a recorded run
 * @t: the run's trace; what the command line said is added to it
 * @sched: a policy that the command line named, or NULL
 *
 * Return: an exit code, after a message if it is not 0.
 */
int record_run(const struct cmd *cmd, struct trace *t, struct replay *r, const char *path,
	       const struct design_options *design, const char *sched);

/**
 * record_finding - write the first schedule of a finding into a directory
 * @f: receives the name of the file, made of trace, kernel, rule and site
 *
 * Return: an exit code, after a message if it is not 0.
 */
int record_finding(const struct cmd *cmd, struct trace *t, const char *dir,
		   const struct design_options *design, const struct explore_result *x,
		   struct explore_finding *f);

#endif
