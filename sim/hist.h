/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/hist.h - log-linear histograms of nanosecond values.
 *
 * A value is kept to HIST_BITS significant bits below its leading one: bucket width over value is
 * at most 1 / 2^HIST_BITS, and a quantile is reported at its bucket's middle, so its error is at
 * most 1/64 of the value for HIST_BITS = 5.  Values below 2^(HIST_BITS+1) are exact.
 *
 * Buckets are cleared octave by octave, when the first value of an octave comes: a histogram that
 * sees few magnitudes costs little to set up.
 *
 * Invariants: count == sum of the buckets in use; min <= every recorded value <= max; merging two
 * histograms gives the one that recording both value streams would have given.
 */
#ifndef SIM_HIST_H
#define SIM_HIST_H

#include "sim/types.h"

#define HIST_BITS    5
#define HIST_SUB     (1u << HIST_BITS)
#define HIST_BUCKETS ((64 - HIST_BITS + 1) * HIST_SUB)

struct hist {
	/* written by the one task (or shard owner) that records */
	u64 count;
	u64 total;
	u64 min;
	u64 max;
	u64 used; /* bit i: buckets i * HIST_SUB and on are in use; the others are garbage */
	u64 bucket[HIST_BUCKETS];
};

static inline u32 hist_index(u64 v)
{
	u32 msb;

	if (v < 2 * HIST_SUB)
		return (u32)v;
	msb = 63u - (u32)__builtin_clzll(v);
	return (msb - HIST_BITS + 1) * HIST_SUB + (u32)((v >> (msb - HIST_BITS)) & (HIST_SUB - 1));
}

void __hist_use(struct hist *h, u32 octave);

/**
 * hist_note - count one value (nanoseconds), and in no bucket: quantiles are unknown.
 *
 * Context: as hist_record(); all values of the histogram, or none.
 */
static inline void hist_note(struct hist *h, u64 v)
{
	h->count++;
	h->total += v;
	if (v < h->min)
		h->min = v;
	if (v > h->max)
		h->max = v;
}

/**
 * hist_in_use - has @h counted a value of @v's magnitude before?
 */
static inline bool hist_in_use(const struct hist *h, u64 v)
{
	return h->used >> (hist_index(v) / HIST_SUB) & 1;
}

/**
 * hist_count - hist_record() where hist_in_use().
 */
static inline void hist_count(struct hist *h, u64 v)
{
	h->bucket[hist_index(v)]++;
	hist_note(h, v);
}

/**
 * hist_record - add one value (nanoseconds) to a histogram that hist_init() has set up.
 *
 * Context: any; the caller is the histogram's only writer.
 */
static inline void hist_record(struct hist *h, u64 v)
{
	if (unlikely(!hist_in_use(h, v)))
		__hist_use(h, hist_index(v) / HIST_SUB);
	hist_count(h, v);
}

void hist_init(struct hist *h);
void hist_merge(struct hist *into, const struct hist *from);
u64 hist_bucket_low(u32 index);
u64 hist_bucket_high(u32 index);
u64 hist_quantile(const struct hist *h, double q);

#endif
