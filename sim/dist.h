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

enum dist_kind { DIST_CONST, DIST_UNIFORM, DIST_LOGNORMAL };

struct sim_dist {
	/* constant during a run */
	enum dist_kind kind;
	u64 a_ns; /* the constant; the lower bound; the median */
	u64 b_ns; /* -; the upper bound; the 99th percentile */
};

/**
 * sim_dist_sample - draw one value.
 *
 * Return: nanoseconds.
 */
u64 sim_dist_sample(struct sim *sim, const struct sim_dist *d);

#endif
