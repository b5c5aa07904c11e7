/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/rwlock.h - rwlock_t as qrwlock: fair, spinning, no owner.
 *
 * Word: 0xff a writer holds, 0x100 a writer waits at the head, readers from 0x200.
 *
 * Invariants: who cannot have the lock at once queues in strict FIFO order; a queued reader at the
 * head enters as soon as no writer holds (a waiting writer cannot be at the head then); a writer
 * at the head sets "waiting", which stops new readers on the fast path, and waits for readers to
 * drain.  Readers in interrupt context pass a merely waiting writer.
 *
 * Upstream: kernel/locking/qrwlock.c, include/asm-generic/qrwlock.h
 * Fidelity: faithful
 */
#ifndef SIM_RWLOCK_H
#define SIM_RWLOCK_H

#include "sim/engine.h"
#include "sim/lockdep.h"

#define QW_LOCKED  0xffu
#define QW_WAITING 0x100u
#define QW_MASK	   0x1ffu
#define QR_BIAS	   0x200u

struct rwlock {
	struct lockdep_map dep_map;
	/* atomic */
	u32 cnts;      /* the word above */
	u32 nr_queued; /* length of waiters, a hint for long holders */
	/* protected by guard */
	struct sim_guard guard;
	struct list_head waiters;
	struct list_head irq_readers; /* readers in interrupt context wait beside the queue */
};

void rwlock_init(struct sim *sim, struct rwlock *lock, const char *class_name);
void read_lock(struct task *me, struct rwlock *lock);
void read_unlock(struct task *me, struct rwlock *lock);
void write_lock(struct task *me, struct rwlock *lock);
void write_unlock(struct task *me, struct rwlock *lock);
bool read_trylock(struct task *me, struct rwlock *lock);
bool write_trylock(struct task *me, struct rwlock *lock);

/**
 * rwlock_is_contended - does anybody queue on the lock?
 */
bool rwlock_is_contended(const struct rwlock *lock);

/**
 * rwlock_needbreak - should a long holder make room?  Only preemptible kernels say yes.
 */
bool rwlock_needbreak(const struct task *me, const struct rwlock *lock);

/**
 * cond_resched_rwlock_write - drop and retake a write lock if the CPU or the lock is wanted.
 *
 * Return: true if the lock was dropped.
 */
bool cond_resched_rwlock_write(struct task *me, struct rwlock *lock);
bool cond_resched_rwlock_read(struct task *me, struct rwlock *lock);

#endif
