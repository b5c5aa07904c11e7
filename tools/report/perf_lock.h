/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/report/perf_lock.h - what perf calls the kinds of locks, and the kernel's functions in
 * which one waits for them.
 */
#ifndef TOOLS_REPORT_PERF_LOCK_H
#define TOOLS_REPORT_PERF_LOCK_H

#include "tools/report/report.h"

#define PERF_LOCK_FRAMES   3
#define PERF_LOCK_NR_TYPES 7

/* contention_begin's flags for waits in which the kernel has no tracepoint: perf says "unknown" */
#define PERF_LOCK_NO_TYPE BIT(6)

struct perf_lock_type {
	/* constant */
	const char *name;
	u32 flags;
	const char *frame[PERF_LOCK_FRAMES]; /* innermost first; perf skips them */
};

extern const struct perf_lock_type perf_lock_types[PERF_LOCK_NR_TYPES];

const struct perf_lock_type *perf_lock_type(const struct lock_class *class, enum lock_mode mode);

/**
 * perf_lock_call - how far into its function a caller is that waits for a lock
 *
 * Made up: a number for each class and mode, so that two locks of one function are two callers.
 */
static inline u32 perf_lock_call(const struct lock_class *class, enum lock_mode mode)
{
	return 4 * (1 + class->id * LOCK_NR_MODES + mode);
}

#endif
