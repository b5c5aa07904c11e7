/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/explore/coverage.h - how many different things there were among many, in bounded memory.
 *
 * Keeps the COVERAGE_KEEP smallest of the hashes it has seen.  Up to that many the number is exact;
 * beyond, it is estimated from how densely the smallest lie, within about 1 % (1/sqrt(KEEP)).  What
 * is kept does not depend on order, and two coverages merge into that of all their hashes.
 *
 * Invariants: no hash above limit is kept once KEEP different ones were there; after
 * coverage_settle() the hashes are sorted, different, and at most KEEP.
 */
#ifndef TOOLS_EXPLORE_COVERAGE_H
#define TOOLS_EXPLORE_COVERAGE_H

#include "sim/types.h"

#define COVERAGE_KEEP 16384u

struct coverage {
	/* written by the functions below only */
	u64 *hash;
	u32 n, cap;
	u64 limit; /* larger hashes do not matter */
};

void coverage_init(struct coverage *c);
void coverage_finish(struct coverage *c);
void __coverage_add(struct coverage *c, u64 hash);
void coverage_settle(struct coverage *c);
void coverage_merge(struct coverage *to, struct coverage *from);

/**
 * coverage_add - one more; @hash is spread evenly over 64 bits
 */
static inline void coverage_add(struct coverage *c, u64 hash)
{
	if (hash < c->limit)
		__coverage_add(c, hash);
}

/**
 * coverage_count - how many different hashes there were
 * @exact: receives whether that is exact
 */
u64 coverage_count(struct coverage *c, bool *exact);

#endif
