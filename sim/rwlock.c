// SPDX-License-Identifier: GPL-2.0-only
/*
 * rwlock.c - rwlock_t: one word, one FIFO for readers and writers together.
 *
 * The kernel's waiters hold a queue lock one after the other and poll the word.  Here whoever
 * changes the word in a way the head of the queue waits for moves the queue on its behalf
 * (rwlock_advance), which leads to the same words in the same order.
 *
 * Invariants: QW_WAITING is set only while the head is a writer; a queued reader has added its bias
 * only as the head; the word passes from "somebody is in the head's way" to "nobody is" only
 * in a step whose author then calls rwlock_advance(), so no wake-up is lost.
 *
 * Upstream: kernel/locking/qrwlock.c
 */
#include "sim/rwlock.h"
#include "sim/waiter.h"

struct rwlock_waiter {
	/* protected by the lock's guard */
	struct lock_waiter w;
	bool at_head; /* has added its bias, or set QW_WAITING */
};

/**
 * rwlock_init - make an unlocked rwlock of that class.
 *
 * Context: any.
 */
void rwlock_init(struct sim *sim, struct rwlock *lock, const char *class_name)
{
	lock_init_map(sim, &lock->dep_map, class_name, LOCKC_SPIN | LOCKC_RW);
	lock->cnts = 0;
	lock->nr_queued = 0;
	lock->guard.locked = 0;
	INIT_LIST_HEAD(&lock->waiters);
	INIT_LIST_HEAD(&lock->irq_readers);
}

/* Can the head have the lock now?  If so it has it when this returns.  @lock->guard is held. */
static bool rwlock_try_head(struct task *me, struct rwlock *lock, struct rwlock_waiter *head)
{
	if (head->w.mode == LOCK_READ) {
		if (!head->at_head) {
			head->at_head = true;
			word_add_return(me->sim, &lock->cnts, QR_BIAS);
		}
		return !(word_load(&lock->cnts) & QW_LOCKED);
	}
	if (!head->at_head) {
		if (word_cas(me->sim, &lock->cnts, 0u, QW_LOCKED))
			return true;
		head->at_head = true;
		word_fetch_or(&lock->cnts, QW_WAITING);
	}
	return word_cas(me->sim, &lock->cnts, QW_WAITING, QW_LOCKED);
}

static void rwlock_grant(struct task *me, struct rwlock *lock, struct rwlock_waiter *w)
{
	list_del_init(&w->w.node);
	waiter_grant(me, &w->w);
}

/* Let everybody in whom the word admits.  @lock->guard is held. */
static void rwlock_advance(struct task *me, struct rwlock *lock)
{
	struct rwlock_waiter *head;

	while (!list_empty(&lock->irq_readers) && !(word_load(&lock->cnts) & QW_LOCKED)) {
		head = list_first_entry(&lock->irq_readers, struct rwlock_waiter, w.node);
		rwlock_grant(me, lock, head);
	}
	while (!list_empty(&lock->waiters)) {
		head = list_first_entry(&lock->waiters, struct rwlock_waiter, w.node);
		if (!rwlock_try_head(me, lock, head))
			break;
		__atomic_sub_fetch(&lock->nr_queued, 1, __ATOMIC_RELAXED);
		rwlock_grant(me, lock, head);
	}
}

static __attribute__((noinline)) void rwlock_kick(struct task *me, struct rwlock *lock)
{
	sim_guard_lock(me->sim, &lock->guard);
	rwlock_advance(me, lock);
	sim_guard_unlock(me->sim, &lock->guard);
}

static void rwlock_queue(struct task *me, struct rwlock *lock, enum lock_mode mode)
{
	struct rwlock_waiter w = {.at_head = false};

	waiter_init(&w.w, me, mode);
	sim_guard_lock(me->sim, &lock->guard);
	list_add_tail(&w.w.node, &lock->waiters);
	__atomic_add_fetch(&lock->nr_queued, 1, __ATOMIC_RELAXED);
	rwlock_advance(me, lock);
	sim_guard_unlock(me->sim, &lock->guard);
	waiter_park_until_granted(me, &w.w, PARK_SPIN);
}

/* An interrupt handler keeps its bias and waits beside the queue, for the holder only. */
static void read_lock_in_irq(struct task *me, struct rwlock *lock)
{
	struct rwlock_waiter w = {.at_head = true};

	waiter_init(&w.w, me, LOCK_READ);
	sim_guard_lock(me->sim, &lock->guard);
	list_add_tail(&w.w.node, &lock->irq_readers);
	rwlock_advance(me, lock);
	sim_guard_unlock(me->sim, &lock->guard);
	waiter_park_until_granted(me, &w.w, PARK_SPIN);
}

/* Take the reader's bias back; it may have been all that a waiting writer waited for. */
static inline void read_bias_drop(struct task *me, struct rwlock *lock)
{
	if (unlikely(word_add_return(me->sim, &lock->cnts, -QR_BIAS) == QW_WAITING))
		rwlock_kick(me, lock);
}

static __attribute__((noinline)) void read_lock_slowpath(struct task *me, struct rwlock *lock,
							 u32 cnts)
{
	if (in_interrupt(me)) {
		if (!(cnts & QW_LOCKED))
			return;
		lock_contended(me, &lock->dep_map, LOCK_READ);
		read_lock_in_irq(me, lock);
		return;
	}
	lock_contended(me, &lock->dep_map, LOCK_READ);
	read_bias_drop(me, lock);
	rwlock_queue(me, lock, LOCK_READ);
}

/**
 * read_lock - share the lock.
 *
 * Context: any; returns with preemption off.
 */
void read_lock(struct task *me, struct rwlock *lock)
{
	u32 cnts;

	sim_point(me, lock->dep_map.id, SIM_RWLOCK_READ);
	preempt_disable(me);
	cnts = word_add_return(me->sim, &lock->cnts, QR_BIAS);
	if (unlikely(cnts & QW_MASK))
		read_lock_slowpath(me, lock, cnts);
	lock_acquired(me, &lock->dep_map, LOCK_READ, false);
}

/**
 * read_trylock - share the lock if no writer holds it or waits at the head.
 *
 * Context: any.
 * Return: true, with preemption off, if it was taken.
 */
bool read_trylock(struct task *me, struct rwlock *lock)
{
	sim_point(me, lock->dep_map.id, SIM_TRY_READ);
	preempt_disable(me);
	if (!(word_load(&lock->cnts) & QW_MASK)) {
		if (likely(!(word_add_return(me->sim, &lock->cnts, QR_BIAS) & QW_MASK))) {
			lock_acquired(me, &lock->dep_map, LOCK_READ, true);
			return true;
		}
		read_bias_drop(me, lock);
	}
	preempt_enable(me);
	return false;
}

static inline bool rwlock_release(struct task *me, struct rwlock *lock, enum lock_mode mode)
{
	bool written = word_load(&lock->cnts) & QW_LOCKED;

	if (likely(written == (mode == LOCK_WRITE)))
		return lock_release(me, &lock->dep_map);
	return lock_release_mode(me, &lock->dep_map, mode);
}

/**
 * read_unlock - stop sharing.
 *
 * Context: the task that took it; a finding, and nothing else, for anybody else.
 */
void read_unlock(struct task *me, struct rwlock *lock)
{
	if (unlikely(!rwlock_release(me, lock, LOCK_READ)))
		return;
	read_bias_drop(me, lock);
	sim_release_point_shared(me, lock->dep_map.id, rwlock_is_contended(lock));
	preempt_enable(me);
}

/**
 * write_lock - take the lock exclusively.
 *
 * Context: any; returns with preemption off.
 */
void write_lock(struct task *me, struct rwlock *lock)
{
	sim_point(me, lock->dep_map.id, SIM_RWLOCK_WRITE);
	preempt_disable(me);
	if (unlikely(!word_cas(me->sim, &lock->cnts, 0u, QW_LOCKED))) {
		lock_contended(me, &lock->dep_map, LOCK_WRITE);
		rwlock_queue(me, lock, LOCK_WRITE);
	}
	lock_acquired(me, &lock->dep_map, LOCK_WRITE, false);
}

/**
 * write_trylock - take the lock exclusively if nobody holds it and no writer waits at the head.
 *
 * Context: any.
 * Return: true, with preemption off, if it was taken.
 */
bool write_trylock(struct task *me, struct rwlock *lock)
{
	sim_point(me, lock->dep_map.id, SIM_TRY_WRITE);
	preempt_disable(me);
	if (!word_cas(me->sim, &lock->cnts, 0u, QW_LOCKED)) {
		preempt_enable(me);
		return false;
	}
	lock_acquired(me, &lock->dep_map, LOCK_WRITE, true);
	return true;
}

/**
 * write_unlock - give up the exclusive lock.
 *
 * Context: the task that took it; a finding, and nothing else, for anybody else.
 */
void write_unlock(struct task *me, struct rwlock *lock)
{
	if (unlikely(!rwlock_release(me, lock, LOCK_WRITE)))
		return;
	if (unlikely(word_add_return(me->sim, &lock->cnts, -QW_LOCKED) != 0))
		rwlock_kick(me, lock);
	sim_release_point(me, lock->dep_map.id);
	preempt_enable(me);
}

bool rwlock_is_contended(const struct rwlock *lock)
{
	return __atomic_load_n(&lock->nr_queued, __ATOMIC_RELAXED) != 0;
}

bool rwlock_needbreak(const struct task *me, const struct rwlock *lock)
{
	enum preempt_model preempt = me->sim->cfg.preempt;

	if (preempt != PREEMPT_LAZY && preempt != PREEMPT_FULL)
		return false;
	sim_touch((struct task *)me, lock->dep_map.id, SIM_LOOK);
	return rwlock_is_contended(lock);
}

/* Only this lock keeps the task from being scheduled away, and somebody wants the CPU. */
static bool should_resched_rwlock(const struct task *me)
{
	return me->preempt_count == 1 && me->irq_count == 0 && need_resched(me);
}

/* Upstream: kernel/sched/core.c:__cond_resched_rwlock_write */
bool cond_resched_rwlock_write(struct task *me, struct rwlock *lock)
{
	if (likely(!rwlock_needbreak(me, lock) && !should_resched_rwlock(me)))
		return false;
	write_unlock(me, lock);
	cond_resched(me);
	write_lock(me, lock);
	return true;
}

/* Upstream: kernel/sched/core.c:__cond_resched_rwlock_read */
bool cond_resched_rwlock_read(struct task *me, struct rwlock *lock)
{
	if (likely(!rwlock_needbreak(me, lock) && !should_resched_rwlock(me)))
		return false;
	read_unlock(me, lock);
	cond_resched(me);
	read_lock(me, lock);
	return true;
}
