/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/schedule_run.h - schedules from runs, and runs from schedules: two explorers.
 *
 * The recorder looks over another explorer's shoulder, or reads a tape, and writes down what
 * departed from the default.  The player follows a schedule: strictly, to repeat a run or to say
 * where it became another one; or loosely, to see what is left of it when entries are missing.  A
 * recorder around a loose player says what the entries that were left have really done.
 *
 * Invariant: a strict replay of what was recorded is the same run, decision for decision; so is a
 * loose one; a schedule recorded from a loose replay has at most as many entries as what was
 * played.
 */
#ifndef SIM_SCHEDULE_RUN_H
#define SIM_SCHEDULE_RUN_H

#include "sim/explore.h"
#include "sim/schedule.h"

/**
 * schedule_default - who goes on unless a schedule says otherwise.
 * @yields: the task that made the last step only tries again: see explore_yields()
 *
 * The task that made the last step, if it can and does not yield; else the lowest id; after one
 * that yields, the next higher id, so that everybody has a turn.  Time-outs fire when nobody else
 * can go on.
 */
u32 schedule_default(const struct explore_view *view, bool yields);

/**
 * schedule_state - a hash of who can go on and what each would do.
 */
u64 schedule_state(const struct explore_view *view);

/* Where the tasks are in their own terms. */
struct schedule_clock {
	/* written by the recorder or the player */
	u32 nr_tasks;
	u32 *steps;  /* by task; one more for nobody */
	u32 *nth[2]; /* by task: values, failures; one more for nobody */
	u32 last;    /* who made the last step but one */
	u32 streak;  /* steps that it made on end while others could have gone on */
	bool yields; /* who made the last step; or has made FAIR_STREAK */
	u32 cap_tasks;
	void *memory;
};

struct schedule_recorder {
	struct explorer ex;
	/* constant */
	struct explorer *inner;	    /* who decides; NULL: the simulation's tape */
	struct explorer_ops own_ops; /* as much of an explorer as inner is */
	struct schedule *out;
	void (*stepped)(struct explorer *ex, const struct explore_step *step);
	bool keep_picks;
	bool zero_values; /* of what is recorded: values are 0 by default */
	/* written by the recorder */
	struct sim *sim;
	u64 steps;
	struct schedule_clock clock;
	u32 *picks; /* with keep_picks: who made each step */
	u32 nr_picks, cap_picks;
};

/**
 * schedule_recorder_init - record runs into @out, each anew.
 * @inner: outlives the recorder
 *
 * The recorder's explorer is rec->ex; explorer_done() of it does @inner's, too, and completes @out.
 */
void schedule_recorder_init(struct schedule_recorder *rec, struct explorer *inner,
			    struct schedule *out);
void schedule_recorder_finish(struct schedule_recorder *rec);

/* Where a strict replay became another run. */
enum schedule_divergence {
	SCHEDULE_SAME,
	SCHEDULE_OTHER_STATE, /* somebody else can go on than then, or would do something else */
	SCHEDULE_NOT_ENABLED, /* who went on then cannot now */
	SCHEDULE_ENDS_EARLY,  /* the run is over before all departures came up */
	SCHEDULE_ENDS_LATE,   /* it has more steps than the recorded one */
};

struct schedule_player {
	struct explorer ex;
	/* constant */
	const struct schedule *s;
	bool loose;
	/*
	 * Loosely, instead of departures: who makes each step.  Who cannot go on is waited for, and
	 * who comes after goes first.  For one run: it is used up.
	 */
	u32 *picks;
	u32 nr_picks;
	/* written by the player */
	struct schedule_clock clock;
	u32 *first[3]; /* by task: its next departure, value, failure; or no entry */
	u32 *next;     /* by entry: the same task's next of that kind */
	u32 cap_entries, cap_tasks;
	void *memory;
	u32 at;	  /* strictly: the next departure; with picks: the next pick */
	u64 steps; /* of this run */
	enum schedule_divergence diverged;
	u64 diverged_step; /* decisions before that */
	u32 diverged_entry; /* index of the departure, or nr_departures */
};

/**
 * schedule_player_init - follow @s; without departures that is the default schedule.
 * @s: outlives the player
 *
 * Strictly: the run ends at the first divergence.  After explorer_done() "diverged" says what there
 * is to say.  The simulation's seed has to be the schedule's.
 */
void schedule_player_init(struct schedule_player *p, const struct schedule *s, bool loose);
void schedule_player_finish(struct schedule_player *p);

/**
 * schedule_divergence_text - half a sentence on how a replay became another run
 */
const char *schedule_divergence_text(enum schedule_divergence d);

#endif
