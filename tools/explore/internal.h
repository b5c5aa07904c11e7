/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/explore/internal.h - what the parts of the explorer share.
 *
 * explore.c runs schedules, workers.c does so in several processes, wire.c takes a result from one
 * process to another.
 */
#ifndef TOOLS_EXPLORE_INTERNAL_H
#define TOOLS_EXPLORE_INTERNAL_H

#include <stdio.h>

#include "tools/explore/explore.h"

/* What a worker tells the others while it runs; in memory that they share. */
struct worker_note {
	/* atomic; written by the worker */
	u64 schedules;
	u64 index; /* of the schedule it is at */
	u64 depth_max;
	u64 distinct;
	u64 findings;
};

struct shared_notes {
	/* atomic */
	u64 stop_at; /* schedules from here on are not needed */
	struct worker_note worker[];
};

struct campaign {
	/* constant */
	const struct trace *trace;
	const struct campaign_options *opt;
	struct shared_notes *notes;
	u32 worker, nr_workers;
	u64 begin_ns;

	/* written by the worker */
	struct replay *replay;
	struct explore_result *result;
	u64 told_ns; /* when the progress was last said */
};

/* --- explore.c --- */
u64 explore_now_ns(void);
/* Run this worker's schedules. */
void explore_share(struct campaign *x);
void explore_tell(const struct campaign *x);

/* --- workers.c --- */
/* NULL with an error in @errs if one of them did not come back. */
struct explore_result *explore_workers(struct campaign *x, struct trace_errors *errs);

/* --- wire.c --- */
void wire_send(FILE *to, const struct explore_result *x);
/* Into a result that knows what was asked.  False: the text is not whole. */
bool wire_receive(FILE *from, struct explore_result *x);

#endif
