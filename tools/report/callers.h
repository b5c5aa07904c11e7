/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/report/callers.h - where each task was when an event was recorded: its modelled functions.
 *
 * Kept while a run on the virtual engine goes on.  Stacks are kept once each.
 *
 * Invariant: the run does not notice.
 */
#ifndef TOOLS_REPORT_CALLERS_H
#define TOOLS_REPORT_CALLERS_H

#include <glib.h>

#include "sim/sim.h"

struct callers {
	/* constant while it runs */
	struct sim *sim;
	/* written while it runs */
	GArray *of_event;  /* u32, by event: its stack */
	GPtrArray *stacks; /* const char *[], innermost first, NULL at the end */
	GHashTable *known; /* the frames as GBytes, to the number of the stack */
};

/**
 * callers_begin - keep the stacks of @sim, which has not run yet, and records its events
 */
void callers_begin(struct callers *c, struct sim *sim);
void callers_finish(struct callers *c);

/**
 * callers_of - the functions that event @i of the log came from
 *
 * Return: innermost first, NULL at the end.
 */
const char *const *callers_of(const struct callers *c, size_t i);

#endif
