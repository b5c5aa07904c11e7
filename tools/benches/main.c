// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - run benchmarks: each several times, the fastest counts, because everything that disturbs
 * a measurement on a shared machine makes it slower.
 *
 * usage: bench [SUBSTRING...]     only rows whose name contains one of them
 */
#include <stdio.h>
#include <string.h>

#include "tools/benches/bench.h"

#define REPEATS 25
#define OPS	(1u << 17) /* enough to hide what starting a simulation costs */

static const struct bench_suite *const suites[] = {&bench_locks};

static bool wanted(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strstr(name, argv[i]))
			return true;
	}
	return argc < 2;
}

static double measure(const struct bench *b)
{
	double best = 0;

	for (int i = 0; i < REPEATS; i++) {
		double ns = b->run(b, OPS) / OPS;

		if (!i || ns < best)
			best = ns;
	}
	return best;
}

int main(int argc, char **argv)
{
	for (u32 s = 0; s < ARRAY_SIZE(suites); s++) {
		for (u32 i = 0; i < suites[s]->nr; i++) {
			const struct bench *b = &suites[s]->bench[i];

			if (wanted(b->name, argc, argv))
				printf("%-48s %9.1f %s\n", b->name, measure(b), b->unit);
		}
	}
	return 0;
}
