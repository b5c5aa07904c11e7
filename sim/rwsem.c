// SPDX-License-Identifier: GPL-2.0-only
/*
 * rwsem.c - rw_semaphore.  The rules R1 to R6 are in sim/rwsem.h.
 *
 * Invariants: RWSEM_FLAG_WAITERS is set while the wait list is not empty; HANDOFF is set only
 * together with it; the reader field counts owners, and readers that are about to find out that
 * they are not; at rest with no owner the count is 0.  Waiters leave the list under the guard; a
 * granted reader's record is last touched by waiter_grant().
 *
 * Where the kernel's spinner polls, ours waits for a permit (spinner_kick) from each step that
 * frees the semaphore or gives it to somebody off the queue.
 *
 * Upstream: kernel/locking/rwsem.c
 */
#include "sim/rwsem_internal.h"

/**
 * init_rwsem - make an unlocked rw_semaphore of that class.
 *
 * Context: any.
 */
void init_rwsem(struct sim *sim, struct rw_semaphore *sem, const char *class_name, u32 class_flags)
{
	lock_init_map(sim, &sem->dep_map, class_name, class_flags | LOCKC_RW);
	sem->count = 0;
	sem->owner = 0;
	sem->spinner = NULL;
	sem->guard.locked = 0;
	INIT_LIST_HEAD(&sem->wait_list);
	INIT_LIST_HEAD(&sem->osq);
}

static u64 rwsem_jiffies(const struct task *me)
{
	return sim_now(me) / (NSEC_PER_SEC / me->sim->cfg.hz);
}

static void rwsem_waiter_init(struct task *me, struct rwsem_waiter *w, enum lock_mode mode)
{
	waiter_init(&w->w, me, mode);
	w->timeout = rwsem_jiffies(me) + (me->sim->cfg.hz + 249) / 250;
	w->handoff_set = false;
	w->queued = true;
}

static bool rwsem_waited_too_long(const struct task *me, const struct rwsem_waiter *w)
{
	return rwsem_jiffies(me) > w->timeout;
}

static struct rwsem_waiter *rwsem_first_waiter(struct rw_semaphore *sem)
{
	return list_first_entry(&sem->wait_list, struct rwsem_waiter, w.node);
}

/* Return: true if others are left in the queue. */
static bool rwsem_del_waiter(struct task *me, struct rw_semaphore *sem, struct rwsem_waiter *w)
{
	list_del_init(&w->w.node);
	w->queued = false;
	if (!list_empty(&sem->wait_list))
		return true;
	word_fetch_andnot(&sem->count, RWSEM_FLAG_HANDOFF | RWSEM_FLAG_WAITERS);
	spinner_kick(me, &sem->spinner);
	return false;
}

/*
 * The reader at the head adds itself before it is known whether it may, so that no writer gets in
 * between.  Return: false if a writer was faster; a head that waits too long asks for handoff.
 */
static bool rwsem_grant_first(struct task *me, struct rw_semaphore *sem, struct rwsem_waiter *first)
{
	u64 old = word_add_return(me->sim, &sem->count, RWSEM_READER_BIAS) - RWSEM_READER_BIAS;
	u64 back = RWSEM_READER_BIAS;

	if (likely(!(old & RWSEM_WRITER_LOCKED))) {
		rwsem_set_reader_owned(sem, first->w.task);
		return true;
	}
	if (rwsem_waited_too_long(me, first)) {
		if (!(old & RWSEM_FLAG_HANDOFF))
			back -= RWSEM_FLAG_HANDOFF;
		first->handoff_set = true;
	}
	word_add_return(me->sim, &sem->count, -back);
	return false;
}

/*
 * Wake who should have the semaphore now (R5).  A writer is only woken; readers are moved to
 * @grants, counted, and must be granted with rwsem_grant_all() after the guard is dropped.
 * Context: guard held, queue not empty.
 */
static void rwsem_mark_wake(struct task *me, struct rw_semaphore *sem, enum rwsem_wake_type type,
			    struct list_head *grants)
{
	struct rwsem_waiter *w, *tmp, *first = rwsem_first_waiter(sem);
	u64 add = 0, sub = 0;
	u32 woken = 0;

	if (first->w.mode == LOCK_WRITE) {
		if (type == RWSEM_WAKE_ANY)
			sim_unpark(me, first->w.task);
		return;
	}
	if (type != RWSEM_WAKE_READ_OWNED) {
		if (!rwsem_grant_first(me, sem, first))
			return;
		sub = RWSEM_READER_BIAS; /* it is counted again below */
	}
	list_for_each_entry_safe(w, tmp, &sem->wait_list, w.node) {
		if (w->w.mode == LOCK_WRITE)
			continue;
		w->queued = false;
		list_move_tail(&w->w.node, grants);
		if (++woken >= RWSEM_MAX_READERS_WAKEUP)
			break;
	}
	add = woken * RWSEM_READER_BIAS;
	if (list_empty(&sem->wait_list))
		sub += RWSEM_FLAG_WAITERS;
	if (word_load(&sem->count) & RWSEM_FLAG_HANDOFF)
		sub += RWSEM_FLAG_HANDOFF;
	word_add_return(me->sim, &sem->count, add - sub);
}

/* Tell the readers that they hold the semaphore.  Context: no guard. */
static void rwsem_grant_all(struct task *me, struct rw_semaphore *sem, struct list_head *grants)
{
	struct lock_waiter *w, *tmp;

	if (list_empty(grants))
		return;
	list_for_each_entry_safe(w, tmp, grants, node)
		waiter_grant(me, w);
	spinner_kick(me, &sem->spinner);
}

static __attribute__((noinline)) void rwsem_wake(struct task *me, struct rw_semaphore *sem,
						 enum rwsem_wake_type type)
{
	struct list_head grants;

	INIT_LIST_HEAD(&grants);
	sim_guard_lock(me->sim, &sem->guard);
	if (!list_empty(&sem->wait_list))
		rwsem_mark_wake(me, sem, type, &grants);
	sim_guard_unlock(me->sim, &sem->guard);
	rwsem_grant_all(me, sem, &grants);
}

/* A newcomer to the queue lets in who could be in already.  Context: guard held. */
static void rwsem_cond_wake_waiter(struct task *me, struct rw_semaphore *sem, u64 count,
				   struct list_head *grants)
{
	enum rwsem_wake_type type = RWSEM_WAKE_READERS;

	if (count & RWSEM_WRITER_LOCKED)
		return;
	if (!(count >> RWSEM_READER_SHIFT)) {
		type = RWSEM_WAKE_ANY;
		rwsem_clear_nonspinnable(sem);
	}
	rwsem_mark_wake(me, sem, type, grants);
}

/* @w gives up; if it was the head, those behind it may be next.  Context: guard held, dropped. */
static void rwsem_del_wake_waiter(struct task *me, struct rw_semaphore *sem, struct rwsem_waiter *w)
{
	bool first = rwsem_first_waiter(sem) == w;
	struct list_head grants;

	INIT_LIST_HEAD(&grants);
	if (rwsem_del_waiter(me, sem, w) && first)
		rwsem_mark_wake(me, sem, RWSEM_WAKE_ANY, &grants);
	sim_guard_unlock(me->sim, &sem->guard);
	rwsem_grant_all(me, sem, &grants);
}

/* R2: may a reader whose fast path failed keep the semaphore all the same?  It has been counted. */
static bool rwsem_read_steal(struct task *me, struct rw_semaphore *sem, u64 count)
{
	u64 readers = count >> RWSEM_READER_SHIFT;

	if ((word_load(&sem->owner) & RWSEM_READER_OWNED) && readers > 1 &&
	    !(count & RWSEM_WRITER_LOCKED))
		return false; /* else a stream of readers would starve a sleeping writer */
	if (count & (RWSEM_WRITER_LOCKED | RWSEM_FLAG_HANDOFF))
		return false;
	rwsem_set_reader_owned(sem, me);
	if (readers == 1 && (count & RWSEM_FLAG_WAITERS))
		rwsem_wake(me, sem, RWSEM_WAKE_READ_OWNED);
	return true;
}

static int rwsem_read_wait(struct task *me, struct rw_semaphore *sem, struct rwsem_waiter *w,
			   enum park_how how)
{
	while (!waiter_granted(&w->w)) {
		if (signal_pending_how(me, how)) {
			sim_guard_lock(me->sim, &sem->guard);
			if (w->queued) {
				rwsem_del_wake_waiter(me, sem, w);
				return -EINTR;
			}
			sim_guard_unlock(me->sim, &sem->guard);
			how = PARK_SLEEP; /* granted already; the news is on its way */
		}
		sim_park(me, how, SIM_NS_MAX);
	}
	return 0;
}

static __attribute__((noinline)) int
rwsem_down_read_slowpath(struct task *me, struct rw_semaphore *sem, u64 count, enum park_how how)
{
	u64 adjust = -RWSEM_READER_BIAS;
	struct list_head grants;
	struct rwsem_waiter w;

	sim_touch(me, sem->dep_map.id, SIM_WRITE); /* who is first among readers matters here */
	if (rwsem_read_steal(me, sem, count))
		return 0;
	INIT_LIST_HEAD(&grants);
	rwsem_waiter_init(me, &w, LOCK_READ);
	sim_guard_lock(me->sim, &sem->guard);
	if (list_empty(&sem->wait_list)) {
		/* Counted already, and whoever was in the way has gone. */
		if (!(word_load(&sem->count) & RWSEM_WRITER_LOCKED)) {
			sim_guard_unlock(me->sim, &sem->guard);
			rwsem_set_reader_owned(sem, me);
			return 0;
		}
		adjust += RWSEM_FLAG_WAITERS;
	}
	list_add_tail(&w.w.node, &sem->wait_list);
	count = word_add_return(me->sim, &sem->count, adjust);
	rwsem_cond_wake_waiter(me, sem, count, &grants);
	sim_guard_unlock(me->sim, &sem->guard);
	rwsem_grant_all(me, sem, &grants);
	if (!(count >> RWSEM_READER_SHIFT))
		spinner_kick(me, &sem->spinner);
	if (waiter_granted(&w.w))
		return 0;
	lock_contended(me, &sem->dep_map, LOCK_READ);
	return rwsem_read_wait(me, sem, &w, how);
}

/* Take the semaphore off the queue, or ask for handoff (R4).  Context: guard held. */
static bool rwsem_try_write_lock(struct task *me, struct rw_semaphore *sem, struct rwsem_waiter *w)
{
	struct rwsem_waiter *first = rwsem_first_waiter(sem);
	bool alone = w->w.node.next == w->w.node.prev;
	u64 count, new;

	do {
		count = word_load(&sem->count);
		if ((count & RWSEM_FLAG_HANDOFF) && first->handoff_set && w != first)
			return false;
		new = count;
		if (count & RWSEM_LOCK_MASK) {
			if ((count & RWSEM_FLAG_HANDOFF) || !rwsem_waited_too_long(me, w))
				return false;
			new |= RWSEM_FLAG_HANDOFF;
		} else {
			new |= RWSEM_WRITER_LOCKED;
			new &= ~RWSEM_FLAG_HANDOFF;
			if (alone)
				new &= ~RWSEM_FLAG_WAITERS;
		}
	} while (!word_cas(me->sim, &sem->count, count, new));
	if (new &RWSEM_FLAG_HANDOFF) {
		first->handoff_set = true;
		return false;
	}
	list_del_init(&w->w.node);
	w->queued = false;
	rwsem_set_owner(sem, me);
	spinner_kick(me, &sem->spinner);
	return true;
}

/*
 * Wait for a change.  Who has asked for handoff stays on its CPU while a writer that runs holds
 * the semaphore.  Whatever ends the wait, the caller tries again.
 */
static void rwsem_write_wait(struct task *me, struct rw_semaphore *sem, struct rwsem_waiter *w,
			     enum park_how how)
{
	if (w->handoff_set && rwsem_handoff_spin(me, sem))
		return;
	sim_park(me, how, SIM_NS_MAX);
}

static __attribute__((noinline)) int
rwsem_down_write_slowpath(struct task *me, struct rw_semaphore *sem, enum park_how how)
{
	struct list_head grants;
	struct rwsem_waiter w;

	lock_contended(me, &sem->dep_map, LOCK_WRITE);
	if (rwsem_can_spin_on_owner(me, sem) && rwsem_optimistic_spin(me, sem))
		return 0;
	INIT_LIST_HEAD(&grants);
	rwsem_waiter_init(me, &w, LOCK_WRITE);
	sim_guard_lock(me->sim, &sem->guard);
	list_add_tail(&w.w.node, &sem->wait_list);
	if (rwsem_first_waiter(sem) == &w) {
		word_fetch_or(&sem->count, RWSEM_FLAG_WAITERS);
	} else {
		rwsem_cond_wake_waiter(me, sem, word_load(&sem->count), &grants);
		if (!list_empty(&grants)) {
			sim_guard_unlock(me->sim, &sem->guard);
			rwsem_grant_all(me, sem, &grants);
			sim_guard_lock(me->sim, &sem->guard);
		}
	}
	while (!rwsem_try_write_lock(me, sem, &w)) {
		if (signal_pending_how(me, how)) {
			rwsem_del_wake_waiter(me, sem, &w);
			return -EINTR;
		}
		sim_guard_unlock(me->sim, &sem->guard);
		rwsem_write_wait(me, sem, &w, how);
		sim_guard_lock(me->sim, &sem->guard);
	}
	sim_guard_unlock(me->sim, &sem->guard);
	return 0;
}

static inline int down_read_how(struct task *me, struct rw_semaphore *sem, enum park_how how)
{
	u64 count;
	int ret = 0;

	might_sleep(me);
	sim_point(me, sem->dep_map.id, SIM_RWLOCK_READ);
	count = word_add_return(me->sim, &sem->count, RWSEM_READER_BIAS);
	if (likely(!(count & RWSEM_READ_FAILED_MASK)))
		rwsem_set_reader_owned(sem, me);
	else
		ret = rwsem_down_read_slowpath(me, sem, count, how);
	if (likely(!ret))
		lock_acquired(me, &sem->dep_map, LOCK_READ, false);
	else
		lock_wait_abort(me, &sem->dep_map, ret);
	return ret;
}

/**
 * down_read - share the semaphore, sleeping uninterruptibly (R1, R2, R6).
 *
 * Context: may sleep.
 */
void down_read(struct task *me, struct rw_semaphore *sem)
{
	down_read_how(me, sem, PARK_SLEEP);
}

/**
 * down_read_killable - the same, until a fatal signal.
 *
 * Context: may sleep.
 * Return: 0, or -EINTR.
 */
int down_read_killable(struct task *me, struct rw_semaphore *sem)
{
	return down_read_how(me, sem, PARK_KILLABLE);
}

/**
 * down_read_interruptible - the same, until any signal.
 *
 * Context: may sleep.
 * Return: 0, or -EINTR.
 */
int down_read_interruptible(struct task *me, struct rw_semaphore *sem)
{
	return down_read_how(me, sem, PARK_INTR);
}

/**
 * down_read_trylock - share the semaphore if the fast path allows it.
 *
 * Context: any.
 * Return: true if it was taken.
 */
bool down_read_trylock(struct task *me, struct rw_semaphore *sem)
{
	u64 count;

	sim_point(me, sem->dep_map.id, SIM_TRY_READ);
	do {
		count = word_load(&sem->count);
		if (count & RWSEM_READ_FAILED_MASK)
			return false;
	} while (!word_cas(me->sim, &sem->count, count, count + RWSEM_READER_BIAS));
	rwsem_set_reader_owned(sem, me);
	lock_acquired(me, &sem->dep_map, LOCK_READ, true);
	return true;
}

/* The owner word says how the semaphore is held, unless the caller is mistaken. */
static inline bool rwsem_release(struct task *me, struct rw_semaphore *sem, enum lock_mode mode)
{
	bool owned = word_load(&sem->owner) == (u64)me->id + 1;

	if (likely(owned == (mode == LOCK_WRITE)))
		return lock_release(me, &sem->dep_map);
	return lock_release_mode(me, &sem->dep_map, mode);
}

/**
 * up_read - stop sharing; the last reader wakes the queue.
 *
 * Context: the task that took it; a finding, and nothing else, for anybody else.
 */
void up_read(struct task *me, struct rw_semaphore *sem)
{
	u64 count;

	if (unlikely(!rwsem_release(me, sem, LOCK_READ)))
		return;
	count = word_add_return(me->sim, &sem->count, -RWSEM_READER_BIAS);
	if (unlikely(!(count & RWSEM_LOCK_MASK))) {
		spinner_kick(me, &sem->spinner);
		if (count & RWSEM_FLAG_WAITERS) {
			rwsem_clear_nonspinnable(sem);
			rwsem_wake(me, sem, RWSEM_WAKE_ANY);
		}
	}
	sim_release_point_shared(me, sem->dep_map.id, rwsem_is_contended(sem));
}

static inline int down_write_how(struct task *me, struct rw_semaphore *sem, enum park_how how)
{
	int ret = 0;

	might_sleep(me);
	sim_point(me, sem->dep_map.id, SIM_RWLOCK_WRITE);
	if (likely(word_cas(me->sim, &sem->count, 0ull, RWSEM_WRITER_LOCKED)))
		rwsem_set_owner(sem, me);
	else
		ret = rwsem_down_write_slowpath(me, sem, how);
	if (likely(!ret))
		lock_acquired(me, &sem->dep_map, LOCK_WRITE, false);
	else
		lock_wait_abort(me, &sem->dep_map, ret);
	return ret;
}

/**
 * down_write - take the semaphore exclusively, sleeping uninterruptibly (R3, R4, R6).
 *
 * Context: may sleep.
 */
void down_write(struct task *me, struct rw_semaphore *sem)
{
	down_write_how(me, sem, PARK_SLEEP);
}

/**
 * down_write_killable - the same, until a fatal signal.
 *
 * Context: may sleep.
 * Return: 0, or -EINTR.
 */
int down_write_killable(struct task *me, struct rw_semaphore *sem)
{
	return down_write_how(me, sem, PARK_KILLABLE);
}

/**
 * down_write_trylock - take the semaphore if nobody holds it or waits for it.
 *
 * Context: any.
 * Return: true if it was taken.
 */
bool down_write_trylock(struct task *me, struct rw_semaphore *sem)
{
	sim_point(me, sem->dep_map.id, SIM_TRY_WRITE);
	if (!word_cas(me->sim, &sem->count, 0ull, RWSEM_WRITER_LOCKED))
		return false;
	rwsem_set_owner(sem, me);
	lock_acquired(me, &sem->dep_map, LOCK_WRITE, true);
	return true;
}

/**
 * up_write - give up the exclusive semaphore and wake the queue (R5).
 *
 * Context: the task that took it; a finding, and nothing else, for anybody else.
 */
void up_write(struct task *me, struct rw_semaphore *sem)
{
	u64 count;

	if (unlikely(!rwsem_release(me, sem, LOCK_WRITE)))
		return;
	__atomic_store_n(&sem->owner, 0, __ATOMIC_RELEASE);
	count = word_add_return(me->sim, &sem->count, -RWSEM_WRITER_LOCKED);
	spinner_kick(me, &sem->spinner);
	if (unlikely(count & RWSEM_FLAG_WAITERS))
		rwsem_wake(me, sem, RWSEM_WAKE_ANY);
	sim_release_point(me, sem->dep_map.id);
}

/**
 * downgrade_write - go on sharing what was held exclusively; queued readers come in.
 *
 * For the statistics the exclusive hold ends here and a shared one begins.
 * Context: the task that took it; a finding, and nothing else, for anybody else.
 */
void downgrade_write(struct task *me, struct rw_semaphore *sem)
{
	u64 count;

	if (unlikely(!rwsem_release(me, sem, LOCK_WRITE)))
		return;
	lock_acquired(me, &sem->dep_map, LOCK_READ, false);
	count = word_add_return(me->sim, &sem->count, RWSEM_READER_BIAS - RWSEM_WRITER_LOCKED);
	rwsem_set_reader_owned(sem, me);
	spinner_kick(me, &sem->spinner);
	if (count & RWSEM_FLAG_WAITERS)
		rwsem_wake(me, sem, RWSEM_WAKE_READ_OWNED);
	sim_release_point(me, sem->dep_map.id);
}

/**
 * rwsem_is_contended - does anybody queue?
 *
 * Context: any; a hint.
 */
bool rwsem_is_contended(const struct rw_semaphore *sem)
{
	return word_load(&sem->count) & RWSEM_FLAG_WAITERS;
}
