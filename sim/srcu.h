/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/srcu.h - sleepable RCU.
 *
 * Two reader counters per domain.  synchronize_srcu() waits for stragglers under the other index,
 * flips the index, and waits for the readers under the old one.
 *
 * Invariants: synchronize_srcu() returns only after every section entered before it has been left,
 * and waits for no section entered after its flip; readers never wait; readers may sleep.
 *
 * For lockdep a reader holds dep_map[index] in read mode and a grace period acquires it in write
 * mode, so that a grace period blocked by a reader is an edge of the wait-for graph.  Which of the
 * two maps matters: new readers do not block the grace period.
 *
 * Upstream: kernel/rcu/srcutree.c
 * Fidelity: simplified: one pair of counters, not per-CPU ones; no expedited/normal distinction;
 * grace periods run in the caller instead of a work queue
 */
#ifndef SIM_SRCU_H
#define SIM_SRCU_H

#include "sim/mutex.h"

struct srcu_struct {
	/* constant after init_srcu_struct() */
	struct lockdep_map dep_map[2];
	/* atomic */
	u32 idx; /* written under gp_mutex */
	u64 nr_readers[2];
	struct task *gp_waiter;
	/* serialises grace periods */
	struct mutex gp_mutex;
};

void init_srcu_struct(struct sim *sim, struct srcu_struct *ssp, const char *class_name);

/* Return: the index to hand to srcu_read_unlock(). */
u32 srcu_read_lock(struct task *me, struct srcu_struct *ssp);
void srcu_read_unlock(struct task *me, struct srcu_struct *ssp, u32 idx);
void synchronize_srcu(struct task *me, struct srcu_struct *ssp);

/**
 * srcu_read_lock_held - is @me inside a read-side section of @ssp?
 */
bool srcu_read_lock_held(const struct task *me, const struct srcu_struct *ssp);

#endif
