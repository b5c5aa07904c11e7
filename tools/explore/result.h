/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/explore/result.h - what a campaign over one trace has come to: plain data.
 *
 * Made by campaign_run() or read from the JSON of one; merged, judged, written in many formats.
 *
 * A systematic search that has seen everything has found what there is: its result stands for the
 * whole campaign, and the samples that were taken beside it do not count any more.
 *
 * Invariants: findings[] has each (site) once, in the order of the schedules that had them first;
 * everything but wall_ns is a function of the trace, the options and the schedules that were run.
 */
#ifndef TOOLS_EXPLORE_RESULT_H
#define TOOLS_EXPLORE_RESULT_H

#include "sim/schedule.h"
#include "tools/explore/coverage.h"
#include "tools/explore/order.h"

#define EXPLORE_PCT_MAX 16 /* as PCT_MAX_DEPTH */

/* A distinct finding: one rule, one set of lock classes and modelled functions. */
struct explore_finding {
	/* written by the campaign, from the first schedule that had it */
	char *rule;
	bool predicted;	 /* follows from what happened there; else it happened there */
	char *message;
	char *task;	 /* or NULL */
	u64 site;	 /* see sim_site() */
	u32 line;	 /* of the trace; 0: none in particular */
	u64 at_ns;
	u32 nth;	 /* among the findings of that schedule's run, from 0 */
	u64 first;	 /* index of that schedule, from 0 */
	u64 count;	 /* schedules that had it */
	bool sample;	 /* that schedule can be run without those before it */
	u64 seed;	 /* of that schedule */
	u64 fingerprint; /* of its run */
	struct schedule schedule; /* its own; empty in a result that was read */
	char **tasks; /* names of its tasks, ends in NULL; NULL in a result that was read */
	char *rules; /* all that its run has found: "deadlock,expect" */
	bool across; /* of no single schedule: what it is made of was seen by the first-th */
	/* written by who saves it */
	char *file;   /* or NULL */
	char *replay; /* the command that repeats it */
};

struct explore_result {
	/* constant: what was asked */
	char *trace; /* its path */
	char *title;
	char *kernel;
	char *locking;
	char *bug; /* or NULL */
	char *strategy;
	u64 config;	/* hash of the trace and the design */
	u64 seed;
	u64 limit;	/* schedules of the whole campaign; 0: none */
	u64 time_ns;	/* 0: none */
	bool first_only; /* ends at the first finding that is not expected */
	u32 shard, nr_shards; /* from 0 */
	bool expect_any;
	char **expect; /* ends in NULL */

	/* written by the campaign */
	u64 schedules;	/* that were run */
	u64 depth_max;	/* decisions in the longest */
	u64 wall_ns;
	bool exhausted; /* there are no others */
	bool interrupted;
	u64 search_runs;   /* schedules that the systematic search has made, of all */
	bool search_ended; /* it has no others to make ... */
	u32 cuts;	   /* ... but for these that a bound has kept away: enum explore_cut */
	u32 preemptions;   /* that bound; UINT32_MAX: none */
	u32 nr_tasks;	   /* in a run */
	u64 decisions;	   /* with an alternative, in the longest run that PCT reckons with */
	u64 pct_runs[EXPLORE_PCT_MAX + 1]; /* by depth */
	struct coverage coverage; /* of the runs' fingerprints */
	struct explore_order order; /* of lock classes; empty in a whole that was read */
	char *again; /* the command, but for number of schedules and trace; for shards, or NULL */
	u64 distinct; /* where the coverage itself is not known: in a whole that was read */
	bool distinct_exact;
	struct explore_finding *findings;
	u32 nr_findings;
};

enum explore_verdict {
	EXPLORE_OK,	/* what was found is what the trace expects */
	EXPLORE_FINDING,
	EXPLORE_MISSING, /* nothing else was found, but not all that is expected */
};

/**
 * explore_judge - do the findings agree with the trace's "expect ="?
 * @why: receives a sentence
 *
 * A shard cannot miss anything: the others may have found it.
 */
enum explore_verdict explore_judge(const struct explore_result *x, char why[160]);

/* Is a finding of this rule among those the trace expects? */
bool explore_expected(const struct explore_result *x, const char *rule);

/* Rules that need a clock say nothing about an order of events that has none. */
bool explore_rule_needs_clock(const char *rule);

/**
 * explore_finding_add - one more schedule with a finding
 * @f: taken over, with its strings
 */
void explore_finding_add(struct explore_result *x, struct explore_finding *f);

/**
 * explore_result_merge - add the results of other schedules of the same campaign
 * @from: not to be used any more
 * @why: receives what is wrong
 *
 * Return: false if they belong to different campaigns.
 */
bool explore_result_merge(struct explore_result *to, struct explore_result *from, char why[160]);

/**
 * explore_bound - what the campaign promises about what it has not found: sentences, or ""
 *
 * Return: text for g_free()
 */
char *explore_bound(const struct explore_result *x);

/* The names of what was cut, for lists: "preemptions", "failures", ...; NULL past the end. */
const char *explore_cut_name(u32 bit);

/* How many different runs there were; @exact: receives whether that is exact. */
u64 explore_distinct(struct explore_result *x, bool *exact);

struct explore_result *explore_result_new(void);
void explore_result_free(struct explore_result *x);

#endif
