// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/hist.c - log-linear histograms: everything but recording, which is inline in hist.h.
 *
 * Invariants: see hist.h.
 */
#include <string.h>

#include "sim/hist.h"

/**
 * hist_init - make @h empty.
 *
 * Context: any.
 */
void hist_init(struct hist *h)
{
	memset(h, 0, offsetof(struct hist, bucket));
	h->min = UINT64_MAX;
}

void __hist_use(struct hist *h, u32 octave)
{
	memset(&h->bucket[octave * HIST_SUB], 0, HIST_SUB * sizeof(h->bucket[0]));
	h->used |= BIT_ULL(octave);
}

/**
 * hist_merge - add everything that @from has recorded to @into.
 *
 * Context: nobody records into either.
 */
void hist_merge(struct hist *into, const struct hist *from)
{
	for (u64 todo = from->used; todo; todo &= todo - 1) {
		u32 octave = (u32)__builtin_ctzll(todo);

		if (!(into->used >> octave & 1))
			__hist_use(into, octave);
		for (u32 i = octave * HIST_SUB; i < (octave + 1) * HIST_SUB; i++)
			into->bucket[i] += from->bucket[i];
	}
	into->count += from->count;
	into->total += from->total;
	into->min = min(into->min, from->min);
	into->max = max(into->max, from->max);
}

/**
 * hist_bucket_low - the smallest value (nanoseconds) that falls into bucket @index.
 */
u64 hist_bucket_low(u32 index)
{
	u32 octave;

	if (index < 2 * HIST_SUB)
		return index;
	octave = index / HIST_SUB - 1;
	return (u64)(HIST_SUB + index % HIST_SUB) << octave;
}

/**
 * hist_bucket_high - the largest value (nanoseconds) that falls into bucket @index.
 */
u64 hist_bucket_high(u32 index)
{
	if (index + 1 >= HIST_BUCKETS)
		return UINT64_MAX;
	return hist_bucket_low(index + 1) - 1;
}

/**
 * hist_quantile - the value (nanoseconds) below which the share @q of the values lies.
 * @q: 0..1; 0 is the minimum and 1 the maximum, both exact
 *
 * Return: within 1/64 of the value that sorting all of them would give; 0 for an empty histogram.
 */
u64 hist_quantile(const struct hist *h, double q)
{
	u64 rank, seen = 0;

	if (h->count == 0)
		return 0;
	if (q <= 0)
		return h->min;
	rank = (u64)(q * (double)h->count);
	if (rank >= h->count - 1)
		return h->max;
	for (u32 i = 0; i < HIST_BUCKETS; i++) {
		u64 low, mid;

		if (!(h->used >> (i / HIST_SUB) & 1)) {
			i += HIST_SUB - 1;
			continue;
		}
		seen += h->bucket[i];
		if (seen <= rank)
			continue;
		low = hist_bucket_low(i);
		mid = low + (hist_bucket_high(i) - low) / 2;
		return max(h->min, min(h->max, mid));
	}
	return h->max;
}
