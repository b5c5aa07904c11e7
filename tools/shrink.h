/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/shrink.h - a finding made small: fewer tasks and operations, then a shorter schedule.
 *
 * Lines of the trace are taken out as long as the same finding (its rule, and its place in the
 * model or its words, numbers aside) comes up without them: with what is left of the schedule, or
 * else in one of many others.  Then sim/minimise.h makes the schedule as short as it can be.
 *
 * Invariants: the result has the finding, and repeats bit for bit; every step of the way was run,
 * none is assumed.  If it is minimal, no task, no operation and no entry of the schedule can be
 * taken out alone - of the tasks and operations, as far as those many schedules tell.
 */
#ifndef TOOLS_SHRINK_H
#define TOOLS_SHRINK_H

#include "sim/schedule.h"
#include "tools/trace/trace.h"

struct shrink_size {
	/* written by shrink_trace() */
	u32 tasks, ops, entries, preemptions;
};

/* How it is going, for a progress line. */
struct shrink_progress {
	/* written by shrink_trace() */
	struct shrink_size now;
	u64 runs;
	u64 elapsed_ns;
	u64 time_ns;	 /* 0: no limit */
	u32 tried, wanted; /* of the pass over the trace, or 0: lines that have had their turn */
};

struct shrink {
	/* written by the caller */
	u64 tries;   /* other schedules for a trace that has lost a line */
	u64 time_ns; /* 0: as long as it takes */
	const volatile int *stop; /* not 0: end soon, with what there is; or NULL */
	void (*progress)(void *ctx, const struct shrink_progress *p); /* or NULL */
	void *ctx;

	/* written by shrink_trace() */
	const char *rule, *message; /* of the finding; interned */
	u64 site;
	struct shrink_size before, after;
	u64 runs;
	bool minimal;
	struct trace *trace; /* the result, with its schedule; for trace_free() */
};

/**
 * shrink_trace - make a recorded finding small
 * @t: a trace whose [schedule] is that of a search
 * @errs: zeroed by the caller
 *
 * Return: 0; -ENOENT if the run has no finding, -ESTALE if it is not the one that was recorded,
 * -EINVAL with an error in @errs.
 */
int shrink_trace(struct shrink *s, const struct trace *t, struct trace_errors *errs);

#endif
