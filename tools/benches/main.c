// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - run benchmarks: each several times, the fastest counts, because everything that disturbs
 * a measurement on a shared machine makes it slower.
 *
 * usage: bench [SUBSTRING...]     only rows whose name contains one of them
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/benches/bench.h"

#define REPEATS	 25
#define MAX_ROWS 128
#define OPS	(1u << 17) /* enough to hide what starting a simulation costs */

static const struct bench_suite *const suites[] = {&bench_engine, &bench_locks, &bench_threads};

static bool wanted(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strstr(name, argv[i]))
			return true;
	}
	return argc < 2;
}

static int compare(const void *pa, const void *pb)
{
	double a = *(const double *)pa, b = *(const double *)pb;

	return a < b ? -1 : a > b;
}

static double measure(const struct bench *b)
{
	double ns[REPEATS];

	for (int i = 0; i < REPEATS; i++)
		ns[i] = b->run(b, OPS) / OPS;
	qsort(ns, REPEATS, sizeof(ns[0]), compare);
	return ns[b->median ? REPEATS / 2 : 0];
}

/* The baseline of row @b, measured at its first use.  Return: 0 if it has none. */
static double baseline(const struct bench_suite *suite, const struct bench *b, double *known)
{
	for (u32 i = 0; b->base && i < suite->nr; i++) {
		if (strcmp(suite->bench[i].name, b->base) != 0)
			continue;
		if (!known[i])
			known[i] = measure(&suite->bench[i]);
		return known[i];
	}
	return 0;
}

static void run_suite(const struct bench_suite *suite, int argc, char **argv)
{
	double known[MAX_ROWS] = { 0 };

	for (u32 i = 0; i < suite->nr && i < MAX_ROWS; i++) {
		const struct bench *b = &suite->bench[i];
		double base;

		if (!wanted(b->name, argc, argv))
			continue;
		base = baseline(suite, b, known);
		if (!known[i])
			known[i] = measure(b);
		printf("%-52s %9.1f %-12s", b->name, known[i], b->unit);
		if (base)
			printf(" %7.3f x %s (%+.1f)", known[i] / base, b->base, known[i] - base);
		printf("\n");
	}
}

int main(int argc, char **argv)
{
	for (u32 s = 0; s < ARRAY_SIZE(suites); s++)
		run_suite(suites[s], argc, argv);
	return 0;
}
