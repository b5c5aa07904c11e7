// SPDX-License-Identifier: GPL-2.0-only
/*
 * mutex.c - struct mutex: owner word, optimistic spinning, FIFO queue, handoff to the first waiter.
 *
 * Invariants: WAITERS is set while the wait list is not empty; HANDOFF is set only by the first
 * waiter, and from then on the unlock names that waiter as the owner (PICKUP) instead of freeing
 * the mutex; PICKUP is set only while the named owner has not taken note yet.
 *
 * Upstream: kernel/locking/mutex.c
 */
#include "sim/mutex.h"
#include "sim/waiter.h"

static inline u64 mutex_me(const struct task *me)
{
	return ((u64)me->id + 1) << 3;
}

static struct task *mutex_owner_task(const struct task *me, u64 owner)
{
	return me->sim->tasks[(owner >> 3) - 1];
}

/**
 * mutex_init - make an unlocked mutex of that class.
 *
 * Context: any.
 */
void mutex_init(struct sim *sim, struct mutex *lock, const char *class_name)
{
	lock_init_map(sim, &lock->dep_map, class_name, LOCKC_MUTEX);
	lock->owner = 0;
	lock->spinner = NULL;
	lock->guard.locked = 0;
	INIT_LIST_HEAD(&lock->wait_list);
	INIT_LIST_HEAD(&lock->osq);
}

/*
 * Take a free mutex, or one that was handed to @me; with @handoff ask its owner to hand it over.
 * Return: 0 if @me owns it, else the owner word that was in the way.
 */
static u64 mutex_trylock_or_owner(struct task *me, struct mutex *lock, bool handoff)
{
	u64 old, new, curr = mutex_me(me);

	for (;;) {
		old = word_load(&lock->owner);
		new = old;
		if (!(old & ~MUTEX_FLAGS)) {
			new |= curr;
		} else if (old & MUTEX_FLAG_PICKUP) {
			if ((old & ~MUTEX_FLAGS) != curr)
				return old;
			new &= ~MUTEX_FLAG_PICKUP;
		} else {
			if (!handoff || (old & MUTEX_FLAG_HANDOFF))
				return old;
			new |= MUTEX_FLAG_HANDOFF;
		}
		if (word_cas(me->sim, &lock->owner, old, new))
			return (new & ~MUTEX_FLAGS) == curr ? 0 : old;
	}
}

/* Return: true if the owner has changed, false if it is no use to go on spinning. */
static bool mutex_spin_on_owner(struct task *me, struct mutex *lock, u64 owner)
{
	while ((word_load(&lock->owner) & ~MUTEX_FLAGS) == (owner & ~MUTEX_FLAGS)) {
		if (sim_spin_on_owner(me, mutex_owner_task(me, owner), SIM_NS_MAX))
			return false;
	}
	return true;
}

static bool mutex_spin_loop(struct task *me, struct mutex *lock)
{
	u64 owner;

	for (;;) {
		owner = mutex_trylock_or_owner(me, lock, false);
		if (!owner)
			return true;
		if (!mutex_spin_on_owner(me, lock, owner))
			return false;
	}
}

static bool mutex_can_spin_on_owner(struct task *me, struct mutex *lock)
{
	u64 owner = word_load(&lock->owner) & ~MUTEX_FLAGS;

	if (need_resched(me))
		return false;
	/* Who already owns it would spin on itself until preempted, and then sleep for ever. */
	return !owner || (owner != mutex_me(me) && task_on_cpu(mutex_owner_task(me, owner)));
}

/*
 * Try to get the mutex without sleeping.  The first waiter (@waiter) spins beside the queue of
 * spinners: it hears of the unlock as a waiter.
 */
static bool mutex_optimistic_spin(struct task *me, struct mutex *lock, bool waiter)
{
	struct lock_waiter node;
	bool taken = false;

	if (waiter) {
		taken = mutex_spin_loop(me, lock);
	} else if (mutex_can_spin_on_owner(me, lock) &&
		   osq_lock(me, &lock->guard, &lock->osq, &node)) {
		word_store(&lock->spinner, me);
		taken = mutex_spin_loop(me, lock);
		word_store(&lock->spinner, NULL);
		osq_unlock(me, &lock->guard, &lock->osq, &node);
	}
	/* Rather lose the CPU now than right after having got the mutex. */
	if (!taken && need_resched(me) && !me->preempt_count)
		me->sim->ops->schedule(me);
	return taken;
}

static bool mutex_is_first(const struct mutex *lock, const struct lock_waiter *w)
{
	return lock->wait_list.next == &w->node;
}

/* Context: guard held. */
static void mutex_remove_waiter(struct mutex *lock, struct lock_waiter *w)
{
	list_del_init(&w->node);
	if (list_empty(&lock->wait_list))
		word_fetch_andnot(&lock->owner, MUTEX_FLAGS);
}

/*
 * Queue until the mutex is had.
 * Context: guard held, and again on return.
 */
static int mutex_wait(struct task *me, struct mutex *lock, struct lock_waiter *w, enum park_how how)
{
	bool first, taken;

	for (;;) {
		/* Under the guard an unlock cannot be handing over to us meanwhile. */
		if (!mutex_trylock_or_owner(me, lock, false))
			return 0;
		if (signal_pending_how(me, how))
			return -EINTR;
		sim_guard_unlock(me->sim, &lock->guard);
		sim_park(me, how, SIM_NS_MAX);
		sim_guard_lock(me->sim, &lock->guard);
		first = mutex_is_first(lock, w);
		sim_guard_unlock(me->sim, &lock->guard);

		taken = !mutex_trylock_or_owner(me, lock, first) ||
			(first && mutex_optimistic_spin(me, lock, true));
		sim_guard_lock(me->sim, &lock->guard);
		if (taken)
			return 0;
	}
}

static __attribute__((noinline)) int mutex_lock_slowpath(struct task *me, struct mutex *lock,
							 enum park_how how)
{
	struct lock_waiter w;
	int ret = 0;

	if (!mutex_trylock_or_owner(me, lock, false))
		return 0;
	lock_contended(me, &lock->dep_map, LOCK_WRITE);
	if (mutex_optimistic_spin(me, lock, false))
		return 0;
	waiter_init(&w, me, LOCK_WRITE);
	sim_guard_lock(me->sim, &lock->guard);
	if (mutex_trylock_or_owner(me, lock, false)) {
		list_add_tail(&w.node, &lock->wait_list);
		if (mutex_is_first(lock, &w))
			word_fetch_or(&lock->owner, MUTEX_FLAG_WAITERS);
		ret = mutex_wait(me, lock, &w, how);
		mutex_remove_waiter(lock, &w);
	}
	sim_guard_unlock(me->sim, &lock->guard);
	return ret;
}

static inline int mutex_lock_how(struct task *me, struct mutex *lock, enum park_how how)
{
	int ret = 0;

	might_sleep(me);
	sim_point(me, lock->dep_map.id, how == PARK_SLEEP ? SIM_LOCK : SIM_RWLOCK_WRITE);
	if (unlikely(!word_cas(me->sim, &lock->owner, 0ull, mutex_me(me))))
		ret = mutex_lock_slowpath(me, lock, how);
	if (likely(!ret))
		lock_acquired(me, &lock->dep_map, LOCK_WRITE, false);
	else
		lock_wait_abort(me, &lock->dep_map, ret);
	return ret;
}

/**
 * mutex_lock - take the mutex, sleeping uninterruptibly.
 *
 * Context: may sleep.
 */
void mutex_lock(struct task *me, struct mutex *lock)
{
	mutex_lock_how(me, lock, PARK_SLEEP);
}

/**
 * mutex_lock_killable - the same, until a fatal signal.
 *
 * Context: may sleep.
 * Return: 0, or -EINTR.
 */
int mutex_lock_killable(struct task *me, struct mutex *lock)
{
	return mutex_lock_how(me, lock, PARK_KILLABLE);
}

/**
 * mutex_lock_interruptible - the same, until any signal.
 *
 * Context: may sleep.
 * Return: 0, or -EINTR.
 */
int mutex_lock_interruptible(struct task *me, struct mutex *lock)
{
	return mutex_lock_how(me, lock, PARK_INTR);
}

/**
 * mutex_trylock - take the mutex if it is free.
 *
 * Context: any.
 * Return: true if it was taken.
 */
bool mutex_trylock(struct task *me, struct mutex *lock)
{
	sim_point(me, lock->dep_map.id, SIM_TRY_WRITE);
	if (mutex_trylock_or_owner(me, lock, false))
		return false;
	lock_acquired(me, &lock->dep_map, LOCK_WRITE, true);
	return true;
}

/* Somebody waits: free the mutex at once unless handoff was asked for, then see to the queue. */
static __attribute__((noinline)) void mutex_unlock_slowpath(struct task *me, struct mutex *lock)
{
	struct task *next = NULL;
	u64 old, new;

	do {
		old = word_load(&lock->owner);
		SIM_ASSERT((old & ~MUTEX_FLAGS) == mutex_me(me) && !(old & MUTEX_FLAG_PICKUP));
		if (old & MUTEX_FLAG_HANDOFF)
			break;
	} while (!word_cas(me->sim, &lock->owner, old, old & MUTEX_FLAGS));
	if (!(old & MUTEX_FLAG_HANDOFF)) {
		spinner_kick(me, &lock->spinner);
		if (!(old & MUTEX_FLAG_WAITERS))
			return;
	}

	sim_guard_lock(me->sim, &lock->guard);
	if (!list_empty(&lock->wait_list))
		next = list_first_entry(&lock->wait_list, struct lock_waiter, node)->task;
	if (old & MUTEX_FLAG_HANDOFF) {
		do {
			old = word_load(&lock->owner);
			new = old &MUTEX_FLAG_WAITERS;
			if (next)
				new |= mutex_me(next) | MUTEX_FLAG_PICKUP;
		} while (!word_cas(me->sim, &lock->owner, old, new));
		spinner_kick(me, &lock->spinner);
	}
	sim_guard_unlock(me->sim, &lock->guard);
	if (next)
		sim_unpark(me, next);
}

/**
 * mutex_unlock - free the mutex, or hand it to the waiter that asked for that.
 *
 * Context: the task that took it; a finding, and nothing else, for anybody else.
 */
void mutex_unlock(struct task *me, struct mutex *lock)
{
	if (unlikely(!lock_release(me, &lock->dep_map)))
		return;
	if (likely(word_cas(me->sim, &lock->owner, mutex_me(me), 0ull)))
		spinner_kick(me, &lock->spinner);
	else
		mutex_unlock_slowpath(me, lock);
	sim_release_point(me, lock->dep_map.id);
}

/**
 * mutex_is_locked - does anybody own the mutex?
 *
 * Context: any; a hint.
 */
bool mutex_is_locked(const struct mutex *lock)
{
	return word_load(&lock->owner) & ~MUTEX_FLAGS;
}
