/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/explore/internal.h - what the parts of the explorer share.
 *
 * explore.c begins and ends a campaign, run.c runs its schedules, strategy.c says who decides in
 * them, workers.c spreads them over processes, wire.c takes a result from one process to another.
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
	u64 stop_at;  /* schedules from here on are not needed */
	u64 next;     /* the next sample that nobody has taken */
	u64 settled;  /* the search has seen everything: nothing is needed any more */
	struct worker_note worker[];
};

struct campaign {
	/* constant */
	const struct trace *trace;
	const struct campaign_options *opt;
	struct shared_notes *notes;
	u32 worker, nr_workers;
	u64 begin_ns;
	u32 share; /* see campaign_search_share() */

	/* written by the worker */
	struct replay *replay;
	struct explorer *sampler; /* or NULL */
	struct explorer *search;  /* or NULL: none, or another worker's, or at its end */
	struct explore_result *result; /* of samples, and of all in the end */
	struct explore_result *found;  /* of the search */
	u64 sample, sample_end; /* taken from the others, not run yet */
	u64 searched; /* runs of the search */
	u64 told_ns; /* when the progress was last said */
};

/* --- explore.c --- */
/* A result that has nothing yet, of the same campaign. */
struct explore_result *explore_result_like(const struct explore_result *like);

/* --- run.c --- */
/* Once, before workers are forked: how long runs are. */
void campaign_probe(struct campaign *x);
/* Run this worker's schedules; everything is in x->result then. */
void campaign_share(struct campaign *x);
void campaign_tell(const struct campaign *x);
void campaign_finish(struct campaign *x);

/* --- strategy.c --- */
struct explorer *campaign_sampler(const struct campaign_options *o, u64 decisions);
struct explorer *campaign_search(const struct campaign_options *o);
/* The search takes one schedule in so many; 0: none, 1: all. */
u32 campaign_search_share(const struct campaign_options *o, u32 nr_tasks);

/* --- workers.c --- */
/* NULL with an error in @errs if one of them did not come back. */
struct explore_result *explore_workers(struct campaign *x, struct trace_errors *errs);

/* --- wire.c --- */
void wire_send(FILE *to, const struct explore_result *x);
/* Into a result that knows what was asked.  False: the text is not whole. */
bool wire_receive(FILE *from, struct explore_result *x);

#endif
