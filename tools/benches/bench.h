/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/benches/bench.h - a benchmark is a row of a table: a name and a function that does n
 * operations and says what they took.  main.c repeats each, takes the median and prints it beside
 * a baseline of the same run and the budget it has.
 */
#ifndef TOOLS_BENCHES_BENCH_H
#define TOOLS_BENCHES_BENCH_H

#include <time.h>

#include "sim/types.h"

struct bench {
	/* constant */
	const char *name; /* at most 36 characters */
	/*
	 * "ns/pair": time of one operation; "B/page", "MiB", "ms": run() returns just that;
	 * anything else, "pages/s": how many in a second.
	 */
	const char *unit;
	/* Return: ns (or bytes) for @n operations; NAN: what it needs is not installed */
	double (*run)(const struct bench *b, u64 n);
	u64 arg;				     /* for run() */
	const char *base; /* the row to compare with, of any suite; NULL: this is a baseline */
	/* The budget of design section 11, in the row's unit; 0: none.  At most one of these. */
	double at_most;
	double at_least;
	double added;	  /* at most so much more than the baseline */
	double times;	  /* at most so many times the baseline */
	u64 ops;	  /* of one measurement; 0: enough for some nanoseconds each */
	bool once;	  /* takes long and varies little: measured once */
	bool headline;	  /* one of the few figures that stand for all */
	const void *data; /* for run() */
	double (*in_child)(const struct bench *b, u64 n); /* for bench_child() */
};

struct bench_suite {
	/* constant */
	const char *name; /* engine, explore, locks, model or scale; several may share one */
	const char *title;
	const struct bench *bench;
	u32 nr;
};

extern const struct bench_suite bench_contended;
extern const struct bench_suite bench_engine;
extern const struct bench_suite bench_explore;
extern const struct bench_suite bench_locks;
extern const struct bench_suite bench_model;
extern const struct bench_suite bench_peer;
extern const struct bench_suite bench_scale;
extern const struct bench_suite bench_threads;
extern const struct bench_suite bench_tree;

/* CPU time of all threads: what else the machine does is not counted. */
static inline double bench_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

#endif
