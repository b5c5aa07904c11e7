/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/explore_tree.h - systematic search: every schedule, or one of each class of equal ones.
 *
 * The search walks a tree depth first by running from the start again and again; a node is a
 * decision.  Three ways: all alternatives of every decision (EXPLORE_DFS), the same without those
 * that sleep sets show to be repetitions, and source-DPOR, which goes back only to where two
 * dependent steps could have come in the other order (EXPLORE_DPOR).
 *
 *	struct explorer *ex = explore_tree_create(&opt);
 *	do {
 *		cfg.explorer = ex;	// once, with sim_checkpoint() and sim_restore()
 *		sim = ...; sim_run(sim); look at the findings;
 *	} while (explorer_done(ex, sim));
 *	ex->stats.exhausted says whether that was all there is
 *
 * Bounds cut the tree; each one that did is in ex->stats.cuts, and a tree that was cut is never
 * called exhausted.
 *
 * Papers: Flanagan, Godefroid, POPL 2005 (DPOR); Abdulla, Aronis, Jonsson, Sagonas, POPL 2014
 * (source sets); Godefroid, LNCS 1032 (sleep sets); Musuvathi, Qadeer, PLDI 2007 (preemption
 * bounds).
 */
#ifndef SIM_EXPLORE_TREE_H
#define SIM_EXPLORE_TREE_H

#include "sim/explore.h"

enum explore_mode { EXPLORE_DFS, EXPLORE_DPOR };

#define EXPLORE_NO_LIMIT UINT32_MAX

/* Ways to be wrong, so that a test can show that it would notice. */
enum explore_unsound {
	UNSOUND_NOT,
	UNSOUND_RELEASES, /* an unlock is no event: what it lets happen does not depend on it */
	UNSOUND_LOCKS,	  /* who has to wait for a lock's release has no race with its holder */
	UNSOUND_READERS,  /* what shares a lock is independent of everything about that lock */
	UNSOUND_STEPS,	  /* a step touches the same wherever it comes */
	UNSOUND_DAEMONS,  /* no daemon's wait could have ended by its deadline before the end */
	UNSOUND_COMMUTES, /* who looks at what others change by SIM_COMMUTE does not see it */
};

struct explore_options {
	/* written by the caller; constant afterwards */
	enum explore_mode mode;
	bool sleep_sets; /* DFS without a preemption bound only; DPOR always has them */
	bool count_classes; /* stats.classes: 16 bytes of memory for each */
	u32 max_preemptions; /* in a run; DFS */
	u32 max_failures;    /* injected ones, in a run */
	u32 max_values;	     /* a value with more alternatives is drawn from @seed instead */
	u32 max_steps;	     /* in a run */
	u32 max_retries;     /* of a task, in a run */
	bool all_rounds;     /* go on after a round in vain that might as well not have been made */
	u64 seed;
	enum explore_unsound unsound;
};

/**
 * explore_options_default - DPOR with bounds that small scenarios do not meet.
 */
void explore_options_default(struct explore_options *opt);

/**
 * explore_tree_create - an explorer that walks the whole tree.
 *
 * The simulations it is used with must be the same up to the choices it makes, and have at most
 * 64 tasks.
 * Return: the explorer, or NULL if the host has no memory.
 */
struct explorer *explore_tree_create(const struct explore_options *opt);
void explore_tree_destroy(struct explorer *ex);

/**
 * explore_tree_hash - the canonical hash of the last run: the same for runs that differ only in
 * the order of independent steps.
 */
u64 explore_tree_hash(const struct explorer *ex);

/**
 * explore_tree_cut_short - was the last run ended early, because everything it could still have
 * done had been seen, or by a bound?  What it looks like at its end says nothing then.
 */
bool explore_tree_cut_short(const struct explorer *ex);

/**
 * explore_tree_is_over - has the search left the current run to itself?  Only those are left whose
 * last round was in vain; what they do now is seen in other runs.
 */
bool explore_tree_is_over(const struct explorer *ex);

#endif
