/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/prng.h - xoshiro256**, seeded by splitmix64.
 *
 * The only source of randomness.  Seeded from the trace's seed and nothing else, so the same seed
 * gives the same stream on every machine.
 */
#ifndef SIM_PRNG_H
#define SIM_PRNG_H

#include "sim/types.h"

struct prng {
	/* written by the simulation that owns the generator */
	u64 s[4];
};

static inline u64 prng_mix(u64 x)
{
	x += 0x9e3779b97f4a7c15ull;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

static inline void prng_seed(struct prng *p, u64 seed)
{
	for (int i = 0; i < 4; i++) {
		seed += 0x9e3779b97f4a7c15ull;
		p->s[i] = prng_mix(seed);
	}
}

static inline u64 prng_next(struct prng *p)
{
	u64 *s = p->s;
	u64 r = s[1] * 5, t = s[1] << 17;

	r = ((r << 7) | (r >> 57)) * 9;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = (s[3] << 45) | (s[3] >> 19);
	return r;
}

/* Unbiased enough for scheduling: the multiply-shift reduction, n < 2^32. */
static inline u32 prng_below(struct prng *p, u32 n)
{
	return (u32)(((prng_next(p) >> 32) * n) >> 32);
}

/* Uniform in [0, 1), 53 bits. */
static inline double prng_unit(struct prng *p)
{
	return (double)(prng_next(p) >> 11) * 0x1.0p-53;
}

#endif
