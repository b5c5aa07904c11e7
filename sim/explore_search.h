/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/explore_search.h - the inside of systematic search: the tree (explore_tree.c) and the races
 * that DPOR goes back for (explore_race.c).
 *
 * The path from the root to where the search is now is an array of nodes.  Nodes of schedules and
 * of values alternate freely; a value belongs to the step that the last schedule node before it
 * began.
 *
 * Invariants: the trace has a step for each schedule node of the path but perhaps the last; a
 * sleeper's touches stay where they are in the pool as long as the node it was put to sleep at is
 * on the path; asleep has the sleepers' tasks, those done at the node included.
 */
#ifndef SIM_EXPLORE_SEARCH_H
#define SIM_EXPLORE_SEARCH_H

#include "sim/explore_trace.h"
#include "sim/explore_tree.h"

/* A task whose next step has been explored from here, and nothing since has depended on it. */
struct sleeper {
	/* constant while its node is on the path */
	u32 task;
	struct footprint foot; /* in tree.sleep_touch */
};

struct tree_node {
	/* written by the search */
	u32 step;   /* of the trace: the one begun here, or the one the value belongs to */
	u32 parent; /* the schedule node that the step belongs to: itself, if it is one */
	u32 value;  /* who goes on, or the value */
	u32 n;	    /* 0: a schedule; else the number of alternatives of the value */
	/* of a schedule */
	u64 enabled;
	u64 backtrack; /* to be explored */
	u64 asleep;
	u32 sleepers, nr_sleepers; /* in tree.sleeper */
	u32 touches;		   /* where tree.sleep_touch goes on after the sleepers' */
	u32 nr_union;		   /* there: what the step has touched so far, for all values */
	u32 preemptions;	   /* on the path, before this one */
	u32 last;		   /* who could have gone on without one, or SIM_NO_TASK */
	/* of a value */
	u32 failures; /* on the path, before this one */
	bool fail;
};

struct explore_tree {
	struct explorer ex;
	/* constant */
	struct explore_options opt;
	/* written by the search */
	struct explore_trace trace;
	struct tree_node *node;
	u32 nr, cap;
	u32 *node_of; /* by step: its schedule node */
	u32 cap_steps;
	struct sleeper *sleeper;
	u32 cap_sleepers;
	struct explore_touch *sleep_touch;
	u32 cap_sleep_touch;
	struct hash_set seen;
	bool signals, ipis; /* the search has begun again because there are some */
	/* of the current run */
	u32 at;	    /* nodes passed */
	u32 parent; /* the last schedule node passed */
	u32 failures;
	u32 nr_drawn; /* values that were not enumerated */
	const struct explore_view *view;
	bool blocked;
	bool over; /* only those are left whose rounds were in vain: no part of the search */
	bool cut;
};

static inline struct explore_tree *tree_of(struct explorer *ex)
{
	return container_of(ex, struct explore_tree, ex);
}

/* explore_race.c */
void explore_race_direct(void *arg, u32 i, u32 k);
void explore_race_pending(struct explore_tree *t, u32 task, const struct explore_op *op, u64 obj);

#endif
