/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/dist.h - modelled costs: constant, uniform or lognormal, in nanoseconds.
 *
 * A constant draws nothing from the tape.  Distributions are sampled from the tape's value stream
 * through table-free arithmetic whose result does not depend on the machine's libm.
 */
#ifndef SIM_DIST_H
#define SIM_DIST_H

#include "sim/types.h"

struct sim;

enum dist_kind {
	DIST_CONST,
	DIST_UNIFORM,
	DIST_LOGNORMAL,
	DIST_UNSEEN, /* nobody has asked for a value yet: sim_dist_watch() */
};

struct sim_dist {
	/* constant during a run */
	enum dist_kind kind;
	u64 a_ns; /* the constant; the lower bound; the median */
	u64 b_ns; /* -; the upper bound; the 99th percentile */
	enum dist_kind seen_as; /* if DIST_UNSEEN */
};

/**
 * sim_dist_sample - draw one value.
 *
 * Return: nanoseconds.
 */
u64 sim_dist_sample(struct sim *sim, const struct sim_dist *d);

/**
 * sim_dist_watch - note whether a value is ever drawn: then @d is not DIST_UNSEEN any more.
 *
 * Only the first value costs anything.  Context: not on real threads.
 */
static inline void sim_dist_watch(struct sim_dist *d)
{
	d->seen_as = d->kind;
	d->kind = DIST_UNSEEN;
}

#endif
