/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/explore/explore.h - run a trace in many orders and collect what is found.
 *
 * A campaign is a function of trace, design, strategy, seed and number of schedules.  Schedule i is
 * the same whoever runs it: its choices follow from (seed, i) and the strategy alone, so any number
 * of worker processes, and of machines with a shard each, come to the same result.
 *
 * Each distinct finding is run again with its choices recorded, so that it can be saved; a run that
 * does not repeat itself is a bug of gmemsim, and asserted.
 */
#ifndef TOOLS_EXPLORE_EXPLORE_H
#define TOOLS_EXPLORE_EXPLORE_H

#include "tools/explore/result.h"
#include "tools/replay/replay.h"

enum campaign_strategy {
	CAMPAIGN_PORTFOLIO, /* POS, PCT of several depths, and a search, side by side */
	CAMPAIGN_RANDOM,    /* any runnable task goes on at each decision */
	CAMPAIGN_PCT,	    /* random priorities, changed at depth - 1 places */
	CAMPAIGN_POS,	    /* samples partial orders */
	CAMPAIGN_DFS,	    /* all schedules, perhaps with a bound of preemptions */
	CAMPAIGN_DPOR,	    /* one schedule of each class of equivalent ones */
	CAMPAIGN_NR
};

/* How a campaign is going, for a progress line. */
struct campaign_progress {
	/* written by the campaign; on several processes, a moment old */
	u64 schedules;
	u64 limit;	/* 0: none */
	u64 depth_max;	/* decisions in the longest */
	u64 distinct;	/* different runs, about */
	u64 findings;	/* distinct; of several processes, the most that one has */
	u64 elapsed_ns;
	u64 time_ns;	/* 0: no limit */
};

struct campaign_options {
	/* written by the caller before campaign_run() */
	struct replay_options run; /* the design; engine, seed and tape are the explorer's */
	enum campaign_strategy strategy;
	u32 depth;	 /* PCT */
	u32 preemptions; /* bound of a search; UINT32_MAX: none */
	u64 seed;
	u64 schedules; /* of the whole campaign, over all shards; 0: no limit */
	u64 time_ns;   /* of this call; 0: no limit */
	u64 only;	 /* this one schedule, a sample, from 1; 0: all */
	bool first_only; /* end at the first finding that the trace does not expect */
	/* end at the first finding for which this is true; NULL: as first_only says */
	bool (*wanted)(void *ctx, const char *rule, u64 site, const char *message);
	void *wanted_ctx;
	u32 jobs;	/* worker processes; 1: none but this one */
	u32 shard, nr_shards; /* from 0; 0 and 1: all of it */
	/* or NULL */
	void (*progress)(void *ctx, const struct campaign_progress *p);
	void *progress_ctx;
	const volatile int *stop; /* not 0: end soon, with what there is; or NULL */
};

/**
 * campaign_options_default - 10,000 schedules of a portfolio, seed 1, one process
 */
void campaign_options_default(struct campaign_options *o);

/**
 * campaign_run - a campaign
 * @t: outlives the call
 * @errs: zeroed by the caller; receives why the trace cannot be run
 *
 * Context: no other thread of the process if @o->jobs > 1, because it forks.
 * Return: the result, for explore_result_free(); NULL with an error in @errs.
 */
struct explore_result *campaign_run(const struct trace *t, const struct campaign_options *o,
				   struct trace_errors *errs);

/* This machine's clock. */
u64 explore_now_ns(void);

/**
 * explore_replay_options - make @opt such that its replay can be run as campaigns run theirs
 *
 * Again and again, in orders without times, on the virtual engine.
 */
void explore_replay_options(struct replay_options *opt);

/**
 * explore_prepare - the next run of @r
 * @seed: of values and failures that nobody decides
 * @ex: who decides; for explorer_done() after the run
 * @all_points: decide before releases, too; without that a search proves nothing
 *
 * Return: its simulation, for replay_run(*@r).
 */
struct sim *explore_prepare(struct replay **r, u64 seed, struct explorer *ex, bool all_points);

/* "deadlock,expect": each rule that a run has found once, in the order of the findings. */
char *explore_rules_of(const struct sim *sim);

/* The names of a simulation's tasks, by number.  Return: for g_strfreev(). */
char **explore_task_names(const struct sim *sim);

/**
 * campaign_seed - of the simulation that is schedule @index of a campaign
 */
u64 campaign_seed(u64 seed, u64 index);

/**
 * explore_config_hash - of the trace without title, comments, expectations and schedule
 */
u64 explore_config_hash(const struct trace *t, const struct replay_options *opt);

/**
 * explore_schedule_of - the schedule of a trace's [schedule] section
 * @out: initialised here; for schedule_finish()
 *
 * Return: false if the section has a tape instead, or nothing.
 */
bool explore_schedule_of(const struct trace *t, struct schedule *out);

/**
 * explore_model_hash - of what this gmemsim's model is made of: events, costs, fail sites, faults
 *
 * Two programs that agree on it number their events alike, so that fingerprints can be compared.
 */
u64 explore_model_hash(void);

/**
 * campaign_strategy_parse - "portfolio", "random", "pct:3", "pos"
 *
 * Return: false if it is none of these; campaign_strategies[] has them.
 */
bool campaign_strategy_parse(struct campaign_options *o, const char *text);

struct campaign_strategy_desc {
	const char *name; /* NULL past the end */
	const char *help;
};

extern const struct campaign_strategy_desc campaign_strategies[CAMPAIGN_NR + 1];

#endif
