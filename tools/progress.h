/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/progress.h - a line on the terminal that says how far it is.
 *
 * On standard error, only if that is a terminal, without colours or escape sequences.
 *
 * Invariants: a line is shorter than the terminal is wide; nothing of it is left once it has been
 * cleared.
 */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

#include <glib.h>

#include "sim/sim.h"

#define PROGRESS_LEFT 32

struct progress_line {
	/* written by progress_put(); starts as 0 */
	u32 shown; /* columns */
};

/* Is there somebody to watch? */
bool progress_wanted(void);

/**
 * progress_put - instead of what was shown before; cut where the terminal ends
 */
void progress_put(struct progress_line *line, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
void progress_clear(struct progress_line *line);

/**
 * progress_left - ", 12 s left"; nothing if @left_s is negative
 *
 * Return: @buf
 */
const char *progress_left(double left_s, char buf[PROGRESS_LEFT]);

/* A line about a simulation that runs longer than a second. */
struct progress;
struct progress *progress_start(const struct sim *sim, const char *what);

/* NULL is allowed. */
void progress_stop(struct progress *p);

#endif
