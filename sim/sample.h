/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/sample.h - explorers that draw schedules at random, and the portfolio of them.
 *
 *   random  any enabled task at each decision.  The baseline: it all but never keeps one task
 *           waiting for long.
 *   pct     priorities, lowered at depth - 1 places.  A defect of that depth is hit by a run with
 *           a probability that can be stated: pct_bound().
 *   pos     each pending step has a random priority, drawn anew when a step that it depends on
 *           is made: samples partial orders rather than interleavings.
 *
 * A run is a function of the trace and of the simulation's seed; of pct, of the estimate of a
 * run's length, too: who shards a campaign gives all its workers the same one.  Values and failures
 * are drawn by task (schedule_value()), so that they stay with the task whatever the others do.
 *
 * Invariants: pct and pos are fair to who waits (sim/fair.h); random is with probability 1.
 * Samplers never say that a search is exhausted.
 */
#ifndef SIM_SAMPLE_H
#define SIM_SAMPLE_H

#include "sim/explore.h"

#define PCT_MAX_DEPTH 16

struct explorer *sample_random_new(void);

/**
 * sample_pct_new - priorities with @depth - 1 change points.
 * @depth: 1..PCT_MAX_DEPTH
 * @decisions: how many decisions with a choice a run has at most; 0: learnt from previous runs
 *
 * A run that turns out longer has change points drawn for the rest, too.
 */
struct explorer *sample_pct_new(u32 depth, u64 decisions);
struct explorer *sample_pos_new(void);

/**
 * portfolio_new - POS, PCT of depths 2 to 5, and a search, each in its share of the runs.
 * @search: takes a quarter of the runs until it has seen all; the caller's.  NULL: POS has those
 * @decisions: for PCT
 *
 * Who makes a run follows from the run's seed.  It is exhausted when the search is.
 */
struct explorer *portfolio_new(struct explorer *search, u64 decisions);

/**
 * sample_free - of any of these.  NULL is fine.
 */
void sample_free(struct explorer *ex);

/**
 * sample_name - who makes, or made, the last run: "pos", "pct:3"; the search's own name.
 */
const char *sample_name(const struct explorer *ex);

/**
 * pct_bound - the least probability with which one run of PCT hits a defect of that depth.
 * @nr_tasks: that exist at the same time
 * @decisions: of the longest run
 *
 * Source: Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010: 1 / (n k^(d-1)).
 */
double pct_bound(u32 nr_tasks, u64 decisions, u32 depth);

/* What PCT promises of any defect of some depth that can show within so many decisions. */
struct pct_promise {
	/* written by sample_pct_promise() */
	u32 depth;
	u32 nr_tasks;
	u64 decisions;
	u64 runs;    /* that were drawn for this length */
	double each; /* the least probability with which one of them hits it */
	double all;  /* that they do together */
};

/**
 * sample_pct_promise - the same in numbers
 * @i: from 0; a portfolio has one promise per depth
 *
 * Return: false if @ex has no @i-th promise, or no run to state it for.
 */
bool sample_pct_promise(const struct explorer *ex, u32 i, struct pct_promise *p);

#endif
