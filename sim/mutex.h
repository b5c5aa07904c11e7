/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/mutex.h - struct mutex: sleeping, optimistic spinning, handoff to the first waiter.
 *
 * Invariants: one owner; who finds the owner running spins (one at a time, in order) until it stops
 * running or somebody wants the CPU; others queue FIFO; the first waiter asks for handoff at its
 * first failed wake-up, and after that only it may take the mutex.
 *
 * Upstream: kernel/locking/mutex.c
 * Fidelity: faithful (no wait/wound)
 */
#ifndef SIM_MUTEX_H
#define SIM_MUTEX_H

#include "sim/engine.h"
#include "sim/lockdep.h"

#define MUTEX_FLAG_WAITERS 1ull
#define MUTEX_FLAG_HANDOFF 2ull
#define MUTEX_FLAG_PICKUP  4ull
#define MUTEX_FLAGS	   7ull

struct mutex {
	struct lockdep_map dep_map;
	/* atomic */
	u64 owner; /* (task id + 1) << 3 | waiters 1 | handoff 2 | pickup 4 */
	struct task *spinner; /* the head of osq, while it spins: hears of every unlock */
	/* protected by guard */
	struct sim_guard guard;
	struct list_head wait_list;
	struct list_head osq;
};

void mutex_init(struct sim *sim, struct mutex *lock, const char *class_name);
void mutex_lock(struct task *me, struct mutex *lock);
int mutex_lock_killable(struct task *me, struct mutex *lock);
int mutex_lock_interruptible(struct task *me, struct mutex *lock);
bool mutex_trylock(struct task *me, struct mutex *lock);
void mutex_unlock(struct task *me, struct mutex *lock);
bool mutex_is_locked(const struct mutex *lock);

#endif
