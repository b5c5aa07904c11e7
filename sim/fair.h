/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/fair.h - fairness for loops: who only waits by trying again lets others go first.
 *
 * A scheduler with priorities starves whoever a spinning task of high priority waits for, and then
 * calls that a livelock.  Here a task that yields (says sim_retry(), waits with a time-out) loses
 * its claim to those tasks that could have gone on ever since its last yield and never did, or
 * that it has kept from going on itself; it gets it back when they have.  Any schedule that
 * respects this is fair, and no schedule of a program that ends under fair ones is left out
 * because of it but those in which a task yields twice in vain.  Source: Musuvathi and Qadeer,
 * "Fair stateless model checking", PLDI 2008, whose sets these are.
 *
 * A task that makes FAIR_STREAK steps on end while others could go on is taken to have yielded:
 * there are loops that nobody has marked.
 *
 * Invariants: nothing is kept of a task before its first yield, and nothing costs anything before
 * anybody's; "waits for" has no cycle, so that somebody who is enabled may always go on.
 */
#ifndef SIM_FAIR_H
#define SIM_FAIR_H

#include "sim/explore.h"

#define FAIR_STREAK 4096

/* What is known of a task since its last yield: three sets of tasks, and whom it waits for. */
enum fair_set { FAIR_ENABLED, FAIR_DISABLED_BY, FAIR_SCHEDULED, FAIR_WAITS_FOR, FAIR_SETS };

struct fair {
	/* written by the functions below only */
	u32 nr_tasks, nr_words;
	u32 last;      /* who made the step before */
	u32 streak;    /* steps that it has made on end while others could have gone on */
	u32 nr_yielders;
	u32 *yielder;  /* tasks that have yielded in this run */
	bool *yielded; /* by task */
	u64 *set;      /* FAIR_SETS bit maps of each task */
	u64 *before;   /* who was enabled before the last step */
	void *memory;
	size_t bytes;
};

/**
 * fair_begin - for another run, with so many tasks.
 */
void fair_begin(struct fair *f, u32 nr_tasks);
void fair_finish(struct fair *f);

void __fair_step(struct fair *f, const struct explore_view *view, bool yields);

/**
 * explore_yields - has the task that made the last step said that it only waits?
 */
static inline bool explore_yields(const struct explore_view *view)
{
	u8 kind;

	if (view->last == SIM_NO_TASK)
		return false;
	kind = view->pending[view->last].kind;
	return view->last_retries || kind == OP_TIMEOUT || kind == OP_AWAIT;
}

/**
 * fair_step - take note of the last step.
 *
 * Context: once per decision, before fair_allows().
 */
static inline void fair_step(struct fair *f, const struct explore_view *view)
{
	bool yields = explore_yields(view);

	f->streak = view->last == f->last && view->nr_enabled > 1 ? f->streak + 1 : 0;
	f->last = view->last;
	if (unlikely(f->streak >= FAIR_STREAK)) {
		f->streak = 0;
		yields = true;
	}
	if (unlikely(yields || f->nr_yielders))
		__fair_step(f, view, yields);
}

bool __fair_allows(const struct fair *f, const struct explore_view *view, u32 id);
u64 __fair_allowed(const struct fair *f, const struct explore_view *view, u32 w);

/**
 * fair_allows - may @id, which is enabled, go on?  Of all who are enabled, somebody may.
 */
static inline bool fair_allows(const struct fair *f, const struct explore_view *view, u32 id)
{
	return likely(!f->nr_yielders) || __fair_allows(f, view, id);
}

/**
 * fair_allowed - word @w of the map of those who may go on.
 */
static inline u64 fair_allowed(const struct fair *f, const struct explore_view *view, u32 w)
{
	return likely(!f->nr_yielders) ? view->enabled[w] : __fair_allowed(f, view, w);
}

#endif
