/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/livelock.h - retries that cannot succeed: the same step fails again and again although
 * nobody prevents it.
 *
 * Who may prevent it is the caller's knowledge: an owner of a lock, a holder of a reference, an
 * open invalidation.  As long as there is one, a retry is a wait and never a livelock, however long
 * it takes; without one, the bound is a number of retries and no time.
 *
 * Invariant: one finding per series of failures.
 */
#ifndef SIM_LIVELOCK_H
#define SIM_LIVELOCK_H

#include "sim/sim.h"

struct livelock {
	/* atomic: nothing else need serialise the retries */
	u32 failures; /* in a row, with nobody in the way */
};

/**
 * livelock_failed - the step has failed and will be tried again.
 * @prevented: somebody is in the way who can be named
 * @bound: so many failures in a row without anybody are a livelock
 * @what: for the finding: what fails, and why nobody can help
 */
static inline void livelock_failed(struct task *me, struct livelock *l, bool prevented, u32 bound,
				   const char *what)
{
	if (prevented)
		__atomic_store_n(&l->failures, 0, __ATOMIC_RELAXED);
	else if (__atomic_add_fetch(&l->failures, 1, __ATOMIC_RELAXED) == bound)
		sim_finding(me->sim, me, "livelock", "%s, %u times in a row", what, bound);
}

/**
 * livelock_progress - it has succeeded.
 */
static inline void livelock_progress(struct livelock *l)
{
	__atomic_store_n(&l->failures, 0, __ATOMIC_RELAXED);
}

#endif
