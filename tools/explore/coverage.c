// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counting different hashes by the smallest of them.  See coverage.h.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"
#include "tools/explore/coverage.h"

void coverage_init(struct coverage *c)
{
	*c = (struct coverage){.limit = UINT64_MAX};
}

void coverage_finish(struct coverage *c)
{
	free(c->hash);
	coverage_init(c);
}

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

void coverage_settle(struct coverage *c)
{
	u32 n = 0;

	if (c->n)
		qsort(c->hash, c->n, sizeof(*c->hash), compare);
	for (u32 i = 0; i < c->n; i++) {
		if (!n || c->hash[i] != c->hash[n - 1])
			c->hash[n++] = c->hash[i];
	}
	c->n = min(n, COVERAGE_KEEP);
	if (c->n == COVERAGE_KEEP)
		c->limit = c->hash[c->n - 1];
}

void __coverage_add(struct coverage *c, u64 hash)
{
	if (c->n == c->cap && c->cap == 2 * COVERAGE_KEEP) {
		coverage_settle(c);
		if (hash >= c->limit)
			return;
	} else if (c->n == c->cap) {
		c->cap = c->cap ? 2 * c->cap : 256;
		c->hash = realloc(c->hash, c->cap * sizeof(*c->hash));
		SIM_ASSERT(c->hash);
	}
	c->hash[c->n++] = hash;
}

void coverage_merge(struct coverage *to, struct coverage *from)
{
	for (u32 i = 0; i < from->n; i++)
		coverage_add(to, from->hash[i]);
}

u64 coverage_count(struct coverage *c, bool *exact)
{
	coverage_settle(c);
	*exact = c->n < COVERAGE_KEEP;
	if (*exact)
		return c->n;
	/* KEEP - 1 hashes lie below the largest kept: all of them are as dense */
	return (u64)((double)(c->n - 1) * (0x1p64 / (double)c->limit));
}
