/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/srcu.h - sleepable RCU.
 *
 * Two reader counters per domain; synchronize_srcu() flips the index and sleeps until the old
 * counter has drained, twice, so that a reader that sampled the index just before the flip is seen.
 *
 * Invariants: synchronize_srcu() returns only after every section entered before it has been left;
 * readers never wait; readers may sleep.
 *
 * Upstream: kernel/rcu/srcutree.c
 * Fidelity: simplified: one pair of counters instead of per-CPU ones, no
 * expedited/normal distinction
 */
#ifndef SIM_SRCU_H
#define SIM_SRCU_H

#include "sim/mutex.h"
#include "sim/wait.h"

struct srcu_struct {
	struct lockdep_map dep_map; /* readers hold it, synchronize waits on it */
	u32 idx;		    /* atomic, written under gp_mutex */
	u64 nr_readers[2];	    /* atomic */
	struct mutex gp_mutex;
	struct wait_queue_head gp_wait;
};

void init_srcu_struct(struct sim *sim, struct srcu_struct *ssp, const char *class_name);

/* Return: the index to hand to srcu_read_unlock(). */
u32 srcu_read_lock(struct task *me, struct srcu_struct *ssp);
void srcu_read_unlock(struct task *me, struct srcu_struct *ssp, u32 idx);
void synchronize_srcu(struct task *me, struct srcu_struct *ssp);

#endif
