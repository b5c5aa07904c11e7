/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/rwsem_internal.h - shared by the two halves of rw_semaphore: queueing (rwsem.c) and
 * optimistic spinning (rwsem_spin.c).
 */
#ifndef SIM_RWSEM_INTERNAL_H
#define SIM_RWSEM_INTERNAL_H

#include "sim/rwsem.h"
#include "sim/waiter.h"

#define RWSEM_LOCK_MASK	       (RWSEM_WRITER_LOCKED | ~(RWSEM_READER_BIAS - 1))
#define RWSEM_READ_FAILED_MASK (RWSEM_WRITER_LOCKED | RWSEM_FLAG_WAITERS | RWSEM_FLAG_HANDOFF)
#define RWSEM_OWNER_MASK       (~(RWSEM_READER_OWNED | RWSEM_NONSPINNABLE))

enum rwsem_wake_type {
	RWSEM_WAKE_ANY,	       /* whoever is at the head */
	RWSEM_WAKE_READERS,    /* readers at the head, if no writer comes first */
	RWSEM_WAKE_READ_OWNED, /* the same, and the caller is a reader owner: no check needed */
};

struct rwsem_waiter {
	/* protected by the semaphore's guard */
	struct lock_waiter w;
	u64 timeout; /* in jiffies: may ask for handoff after that */
	bool handoff_set;
	bool queued;
};

static inline void rwsem_set_owner(struct rw_semaphore *sem, const struct task *t)
{
	__atomic_store_n(&sem->owner, (u64)t->id + 1, __ATOMIC_RELEASE);
}

/* The owner of a reader-owned semaphore is a hint: one reader, who may have left. */
static inline void rwsem_set_reader_owned(struct rw_semaphore *sem, const struct task *t)
{
	u64 flags = __atomic_load_n(&sem->owner, __ATOMIC_RELAXED) & RWSEM_NONSPINNABLE;

	__atomic_store_n(&sem->owner, ((u64)t->id + 1) | RWSEM_READER_OWNED | flags,
			 __ATOMIC_RELEASE);
}

/* Only when the last reader has left: the next owners deserve a fresh judgement. */
static inline void rwsem_clear_nonspinnable(struct rw_semaphore *sem)
{
	if (unlikely(word_load(&sem->owner) & RWSEM_NONSPINNABLE))
		word_fetch_andnot(&sem->owner, RWSEM_NONSPINNABLE);
}

bool rwsem_can_spin_on_owner(struct task *me, struct rw_semaphore *sem);
bool rwsem_optimistic_spin(struct task *me, struct rw_semaphore *sem);
bool rwsem_handoff_spin(struct task *me, struct rw_semaphore *sem);

#endif
