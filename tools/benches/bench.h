/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/benches/bench.h - a benchmark is a row of a table: a name and a function that does n
 * operations and says how long they took.  main.c repeats each and prints the fastest.
 */
#ifndef TOOLS_BENCHES_BENCH_H
#define TOOLS_BENCHES_BENCH_H

#include <time.h>

#include "sim/types.h"

struct bench {
	/* constant */
	const char *name;			     /* "locks: mutex, uncontended, virtual" */
	const char *unit;			     /* of one operation: "ns/pair" */
	double (*run)(const struct bench *b, u64 n); /* Return: ns for @n operations */
	u32 arg;				     /* for run() */
	const char *base; /* row of the same suite to compare with, or NULL */
	const void *data; /* for run() */
	bool median;	  /* counts, not the fastest: the tasks have to meet */
};

struct bench_suite {
	/* constant */
	const char *name;
	const struct bench *bench;
	u32 nr;
};

extern const struct bench_suite bench_engine;
extern const struct bench_suite bench_locks;
extern const struct bench_suite bench_threads;

static inline double bench_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

#endif
