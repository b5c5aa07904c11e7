/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/record.h - a run written down: its trace, the design it ran with, and its choices.
 *
 * What the command line changed goes into the trace, so that the file alone repeats the run.
 */
#ifndef TOOLS_RECORD_H
#define TOOLS_RECORD_H

#include "tools/cmd.h"
#include "tools/replay/replay.h"

/**
 * record_run - write a recorded run
 * @t: the run's trace; what the command line said is added to it
 *
 * The last four are what the command line said, or NULL.
 * Return: an exit code, after a message if it is not 0.
 */
int record_run(const struct cmd *cmd, struct trace *t, struct replay *r, const char *path,
	       const char *kernel, const char *locking, const char *sched, const char *costs);

#endif
