/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/spinlock.h - spinlock_t: strictly FIFO, preemption off while held or waited for.
 *
 * Invariants: waiters are served in arrival order; the lock is handed over, never released and
 * grabbed, while somebody waits; the owner has preempt_count > 0.
 *
 * Upstream: kernel/locking/qspinlock.c
 * Fidelity: faithful in order and context; the MCS queue is a list of waiters
 */
#ifndef SIM_SPINLOCK_H
#define SIM_SPINLOCK_H

#include "sim/engine.h"
#include "sim/lockdep.h"

struct spinlock {
	struct lockdep_map dep_map;
	u32 val; /* atomic: bit 0 held, bit 1 somebody waits */
	/* protected by guard */
	struct sim_guard guard;
	struct list_head waiters;
};

void spin_lock_init(struct sim *sim, struct spinlock *lock, const char *class_name);
void spin_lock(struct task *me, struct spinlock *lock);
bool spin_trylock(struct task *me, struct spinlock *lock);
void spin_unlock(struct task *me, struct spinlock *lock);
void spin_lock_irq(struct task *me, struct spinlock *lock);
void spin_unlock_irq(struct task *me, struct spinlock *lock);

#endif
