/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/minimise.h - the shortest schedule that still finds the same: fewer departures from the
 * default, failures and odd values, fewer context switches.
 *
 * Delta debugging over the entries (Zeller and Hildebrandt, TSE 2002), then merging of what a task
 * does in several goes (Jalbert and Sen, FSE 2010), until neither changes anything.  Candidates
 * are played loosely, and what they have really done is recorded: entries that no longer mean
 * anything go by themselves.
 *
 * Invariants: the result finds what it has to; it is never longer than the schedule given; if it is
 * minimal, no single entry can be taken out of it.
 */
#ifndef SIM_MINIMISE_H
#define SIM_MINIMISE_H

#include "sim/schedule_run.h"

struct minimise {
	/* written by the caller */
	/*
	 * Run with @ex and @seed: cfg.sched SCHED_SEARCH, explorer_done() afterwards.  Return: has
	 * it found what is looked for?
	 */
	bool (*run)(void *arg, struct explorer *ex, u64 seed);
	void *arg;
	bool (*stop)(void *arg); /* end soon, with what there is? or NULL */
	u64 max_runs;	  /* 0: as many as it takes */
	bool zero_values; /* make values 0 if they can be */
	/* written by schedule_minimise() */
	u64 nr_runs;
	u32 len_before, preemptions_before;
	bool minimal; /* ended by neither of them */
	struct schedule best, ran, candidate;
	u32 *picks; /* of best */
	u32 nr_picks;
};

/**
 * schedule_minimise - make @s as short as it can be.
 *
 * @s is exact again afterwards: states, steps and fingerprint are those of the short run.
 * Return: 0, or -ENOENT if not even @s itself finds it; it is as it was then.
 */
int schedule_minimise(struct minimise *m, struct schedule *s);

#endif
