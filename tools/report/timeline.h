/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/report/timeline.h - the recorded events as intervals: what each task did, waited for and
 * held, and from when to when.
 *
 * What timeline views draw.  Slices are in the order in which they began; what was still open when
 * the run ended, ends with it.
 *
 * Invariants: begin_ns <= end_ns; a task's operations, steps and waits nest; the steps of a hold
 * lie in it and do not overlap; each edge leads from a release to the end of a wait for that lock.
 */
#ifndef TOOLS_REPORT_TIMELINE_H
#define TOOLS_REPORT_TIMELINE_H

#include <glib.h>

#include "tools/report/report.h"

enum tl_kind {
	TL_OP,	      /* an operation of the trace */
	TL_STEP,      /* a named step of what its task does */
	TL_WAIT,      /* for a lock */
	TL_HOLD,      /* of a lock */
	TL_HOLD_STEP, /* the same step, as part of an exclusive hold */
	TL_RUN,	      /* on a CPU */
};

#define TL_NONE UINT32_MAX

struct tl_slice {
	/* written by timeline_build() */
	sim_ns begin_ns, end_ns;
	enum tl_kind kind;
	u32 task;
	u32 cpu;
	u32 lock;	  /* TL_WAIT, TL_HOLD*: index of timeline.locks; else TL_NONE */
	u32 hold;	  /* TL_HOLD_STEP: index of its hold; else TL_NONE */
	bool read;	  /* TL_WAIT, TL_HOLD */
	bool open;	  /* had not ended when the run did */
	s64 ret;	  /* TL_OP: its result; TL_WAIT: 0, or why it was given up */
	const char *name; /* of the operation, step or lock class */
};

struct tl_lock {
	/* written by timeline_build() */
	const char *class;
	u32 class_id, obj;
	u32 waiters; /* while building: now */
	u32 last;    /* while building: the slice of the hold released last, or TL_NONE */
};

/* A release, and somebody whose wait it ended. */
struct tl_edge {
	/* written by timeline_build() */
	sim_ns release_ns, wakeup_ns;
	u32 releaser, waiter; /* tasks */
	u32 lock;
};

/* So many wait for the lock from here on. */
struct tl_level {
	/* written by timeline_build() */
	sim_ns at_ns;
	u32 lock;
	u32 waiters;
};

struct timeline {
	/* written by timeline_build() */
	GArray *slices; /* struct tl_slice */
	GArray *locks;	/* struct tl_lock */
	GArray *edges;	/* struct tl_edge */
	GArray *levels; /* struct tl_level */
};

/**
 * timeline_build - from the events of @r's run; an empty one if it has not recorded any
 */
void timeline_build(struct timeline *tl, const struct report *r);
void timeline_finish(struct timeline *tl);

static inline struct tl_slice *timeline_slice(const struct timeline *tl, u32 i)
{
	return &g_array_index(tl->slices, struct tl_slice, i);
}

static inline struct tl_lock *timeline_lock(const struct timeline *tl, u32 i)
{
	return &g_array_index(tl->locks, struct tl_lock, i);
}

#endif
