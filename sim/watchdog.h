/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/watchdog.h - the kernel's watchdogs: how they are set, and how close a run came to each.
 *
 * A kernel watches its own CPUs and tasks.  The host is one kernel, each VM has another; "host" and
 * "guest" are all that this file knows about the difference.
 *
 * Upstream: kernel/watchdog.c, watchdog_buddy.c, watchdog_perf.c, hung_task.c, workqueue.c,
 * kernel/rcu/tree_stall.h
 */
#ifndef SIM_WATCHDOG_H
#define SIM_WATCHDOG_H

#include "sim/sim.h"

/* One per rule of watchdogs, in the order in which reports name them. */
enum watchdog_kind {
	WATCHDOG_GUEST_SOFT,
	WATCHDOG_GUEST_HARD,
	WATCHDOG_GUEST_RCU,
	WATCHDOG_HOST_SOFT,
	WATCHDOG_HOST_HUNG,
	WATCHDOG_HOST_RCU,
	WATCHDOG_NR,
};

/* How close a run came to one of the watchdogs. */
struct watchdog_distance {
	/* written by watchdog_distances() */
	const char *rule;      /* of its findings: "guest-soft-lockup" */
	sim_ns threshold_ns;   /* from there on it may report; 0: it is off */
	sim_ns max_ns;	       /* the longest time of the kind that it watches for */
	u32 task;	       /* who was stuck that long, or SIM_NO_TASK */
	const char *op;	       /* in which operation, or NULL */
	const char *lock;      /* class of the lock it waited for, or NULL */
	u32 owner;	       /* who held that, or SIM_NO_TASK */
	const char *owner_op;  /* or NULL */
	const char *owner_func; /* or NULL */
};

/**
 * watchdog_distances - how close the run came to each watchdog, in the order of the enum.
 * @d: receives WATCHDOG_NR entries
 *
 * The ratio max_ns / threshold_ns is what designs are compared by: it says how much slower a
 * machine may be before somebody barks.
 * Context: after the run.
 */
void watchdog_distances(const struct sim *sim, struct watchdog_distance d[WATCHDOG_NR]);

#endif
