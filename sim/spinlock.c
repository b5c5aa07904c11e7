// SPDX-License-Identifier: GPL-2.0-only
/*
 * spinlock.c - spinlock_t: a word, and a FIFO of waiters to whom the lock is handed over.
 *
 * Invariants: SPIN_WAITERS is set exactly while the list is not empty (both change under the
 * guard); while it is set the word never becomes 0, so nobody can overtake the list.
 *
 * Upstream: kernel/locking/qspinlock.c
 */
#include "sim/spinlock.h"
#include "sim/waiter.h"

#define SPIN_HELD    1u
#define SPIN_WAITERS 2u

/**
 * spin_lock_init - make an unlocked spinlock of that class.
 *
 * Context: any.
 */
void spin_lock_init(struct sim *sim, struct spinlock *lock, const char *class_name)
{
	lock_init_map(sim, &lock->dep_map, class_name, LOCKC_SPIN);
	lock->val = 0;
	lock->guard.locked = 0;
	INIT_LIST_HEAD(&lock->waiters);
}

static __attribute__((noinline)) void spin_lock_slowpath(struct task *me, struct spinlock *lock)
{
	struct lock_waiter w;
	u32 old;

	lock_contended(me, &lock->dep_map, LOCK_WRITE);
	waiter_init(&w, me, LOCK_WRITE);
	sim_guard_lock(me->sim, &lock->guard);
	do {
		old = word_load(&lock->val);
	} while (!word_cas(me->sim, &lock->val, old, old ? old | SPIN_WAITERS : SPIN_HELD));
	if (old)
		list_add_tail(&w.node, &lock->waiters);
	sim_guard_unlock(me->sim, &lock->guard);
	if (old)
		waiter_park_until_granted(me, &w, PARK_SPIN);
}

static __attribute__((noinline)) void spin_unlock_slowpath(struct task *me, struct spinlock *lock)
{
	struct lock_waiter *next;

	sim_guard_lock(me->sim, &lock->guard);
	SIM_ASSERT(!list_empty(&lock->waiters));
	next = list_first_entry(&lock->waiters, struct lock_waiter, node);
	list_del_init(&next->node);
	word_store(&lock->val, list_empty(&lock->waiters) ? SPIN_HELD : SPIN_HELD | SPIN_WAITERS);
	sim_guard_unlock(me->sim, &lock->guard);
	waiter_grant(me, next);
}

static inline void __spin_lock(struct task *me, struct spinlock *lock)
{
	if (unlikely(!word_cas(me->sim, &lock->val, 0u, SPIN_HELD)))
		spin_lock_slowpath(me, lock);
	lock_acquired(me, &lock->dep_map, LOCK_WRITE, false);
}

static inline bool __spin_unlock(struct task *me, struct spinlock *lock)
{
	if (unlikely(!lock_release(me, &lock->dep_map)))
		return false;
	if (unlikely(!word_cas(me->sim, &lock->val, SPIN_HELD, 0u)))
		spin_unlock_slowpath(me, lock);
	sim_release_point(me, lock->dep_map.id);
	return true;
}

/**
 * spin_lock - take the lock, spinning behind earlier comers.
 *
 * Context: any; returns with preemption off.
 */
void spin_lock(struct task *me, struct spinlock *lock)
{
	sim_point(me, lock->dep_map.id, SIM_LOCK);
	preempt_disable(me);
	__spin_lock(me, lock);
}

/**
 * spin_trylock - take the lock if it is free.
 *
 * Context: any.
 * Return: true, with preemption off, if it was taken.
 */
bool spin_trylock(struct task *me, struct spinlock *lock)
{
	sim_point(me, lock->dep_map.id, SIM_TRY_WRITE);
	preempt_disable(me);
	if (!word_cas(me->sim, &lock->val, 0u, SPIN_HELD)) {
		preempt_enable(me);
		return false;
	}
	lock_acquired(me, &lock->dep_map, LOCK_WRITE, true);
	return true;
}

/**
 * spin_unlock - give the lock to the longest waiter, or free it.
 *
 * Context: the task that took it; a finding, and nothing else, for anybody else.
 */
void spin_unlock(struct task *me, struct spinlock *lock)
{
	if (__spin_unlock(me, lock))
		preempt_enable(me);
}

/**
 * spin_lock_irq - the same with interrupts off.
 *
 * Context: any; returns with preemption and interrupts off.
 */
void spin_lock_irq(struct task *me, struct spinlock *lock)
{
	sim_point(me, lock->dep_map.id, SIM_LOCK);
	local_irq_disable(me);
	preempt_disable(me);
	__spin_lock(me, lock);
}

/**
 * spin_unlock_irq - the counterpart of spin_lock_irq().
 *
 * Context: the task that took it.
 */
void spin_unlock_irq(struct task *me, struct spinlock *lock)
{
	if (!__spin_unlock(me, lock))
		return;
	local_irq_enable(me);
	preempt_enable(me);
}
