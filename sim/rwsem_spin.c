// SPDX-License-Identifier: GPL-2.0-only
/*
 * rwsem_spin.c - writers that spin for an rw_semaphore instead of sleeping (R3).
 *
 * Invariants: at most one task is sem->spinner, and it is the head of sem->osq; it is not on the
 * wait list; a spinner waits only for changes whose authors kick it, for a deadline, or for the
 * owner to leave its CPU.
 *
 * Upstream: kernel/locking/rwsem.c (CONFIG_RWSEM_SPIN_ON_OWNER part)
 */
#include "sim/rwsem_internal.h"

enum owner_state { OWNER_NULL, OWNER_WRITER, OWNER_READER, OWNER_NONSPINNABLE };

static enum owner_state rwsem_owner_state(u64 owner)
{
	if (owner & RWSEM_NONSPINNABLE)
		return OWNER_NONSPINNABLE;
	if (owner & RWSEM_READER_OWNED)
		return OWNER_READER;
	return owner ? OWNER_WRITER : OWNER_NULL;
}

static struct task *rwsem_owner_task(const struct task *me, u64 owner)
{
	return me->sim->tasks[(owner & RWSEM_OWNER_MASK) - 1];
}

/**
 * rwsem_can_spin_on_owner - is it worth queueing for the right to spin?
 *
 * Upstream: kernel/locking/rwsem.c:rwsem_can_spin_on_owner
 * Fidelity: faithful
 */
bool rwsem_can_spin_on_owner(struct task *me, struct rw_semaphore *sem)
{
	u64 owner = word_load(&sem->owner);

	if (need_resched(me))
		return false;
	switch (rwsem_owner_state(owner)) {
	case OWNER_NONSPINNABLE:
		return false;
	case OWNER_WRITER:
		/* Who already owns it would spin on itself until preempted. */
		return rwsem_owner_task(me, owner) != me &&
		       task_on_cpu(rwsem_owner_task(me, owner));
	default:
		return true; /* a reader's name may be stale: its state says nothing */
	}
}

/* Spin while the same writer owns the semaphore and runs.  Return: what came of it. */
static enum owner_state rwsem_spin_on_owner(struct task *me, struct rw_semaphore *sem)
{
	u64 owner = word_load(&sem->owner), now;

	if (rwsem_owner_state(owner) != OWNER_WRITER)
		return rwsem_owner_state(owner);
	for (;;) {
		if (sim_spin_on_owner(me, rwsem_owner_task(me, owner), SIM_NS_MAX))
			return OWNER_NONSPINNABLE;
		now = word_load(&sem->owner);
		if (now != owner)
			return rwsem_owner_state(now);
	}
}

static bool rwsem_try_write_lock_unqueued(struct task *me, struct rw_semaphore *sem)
{
	u64 count = word_load(&sem->count);

	while (!(count & (RWSEM_LOCK_MASK | RWSEM_FLAG_HANDOFF))) {
		if (word_cas(me->sim, &sem->count, count, count | RWSEM_WRITER_LOCKED)) {
			rwsem_set_owner(sem, me);
			return true;
		}
		count = word_load(&sem->count);
	}
	return false;
}

/* The more readers, the longer until the last has left: (20 + readers, at most 30) / 2 us. */
static sim_ns rwsem_rspin_limit(const struct task *me, const struct rw_semaphore *sem)
{
	u64 readers = min(word_load(&sem->count) >> RWSEM_READER_SHIFT, 30ull);

	return sim_now(me) + (20 + readers) * NSEC_PER_US / 2;
}

/* These readers take too long: no writer spins on them any more. */
static void rwsem_set_nonspinnable(struct task *me, struct rw_semaphore *sem)
{
	u64 owner = word_load(&sem->owner);

	while ((owner & RWSEM_READER_OWNED) && !(owner & RWSEM_NONSPINNABLE)) {
		if (word_cas(me->sim, &sem->owner, owner, owner | RWSEM_NONSPINNABLE))
			return;
		owner = word_load(&sem->owner);
	}
}

/*
 * Wait for the next change that could matter in @state.
 * Return: 0, -ETIME, or -EAGAIN if the CPU is wanted.
 */
static int rwsem_spin_wait(struct task *me, struct rw_semaphore *sem, enum owner_state state,
			   sim_ns limit_ns)
{
	if (state == OWNER_READER)
		return sim_park(me, PARK_SPIN_OPT, limit_ns);
	if (state == OWNER_WRITER)
		return 0;
	if (word_load(&sem->count) & RWSEM_LOCK_MASK) {
		/* Real threads only: between somebody's two stores to count and owner. */
		__builtin_ia32_pause();
		return 0;
	}
	/* Free, but promised to the head of the queue: its turn ends this. */
	return sim_park(me, PARK_SPIN_OPT, SIM_NS_MAX);
}

static bool rwsem_spin_loop(struct task *me, struct rw_semaphore *sem)
{
	enum owner_state state, prev = OWNER_NULL;
	sim_ns limit_ns = 0;

	for (;;) {
		state = rwsem_spin_on_owner(me, sem);
		if (state == OWNER_NONSPINNABLE)
			return false;
		if (rwsem_try_write_lock_unqueued(me, sem))
			return true;
		if (state == OWNER_READER) {
			/* Each reader phase gets a limit of its own. */
			if (prev != OWNER_READER) {
				limit_ns = rwsem_rspin_limit(me, sem);
			} else if (sim_now(me) >= limit_ns) {
				rwsem_set_nonspinnable(me, sem);
				return false;
			}
		}
		if (state != OWNER_WRITER && need_resched(me))
			return false;
		prev = state;
		if (rwsem_spin_wait(me, sem, state, limit_ns) == -EAGAIN)
			return false;
	}
}

/**
 * rwsem_optimistic_spin - try to get the semaphore without sleeping.
 *
 * Context: a writer that is not queued.
 * Return: true if @me owns the semaphore now.
 *
 * Upstream: kernel/locking/rwsem.c:rwsem_optimistic_spin
 * Fidelity: faithful (waits for changes instead of polling)
 */
bool rwsem_optimistic_spin(struct task *me, struct rw_semaphore *sem)
{
	struct lock_waiter node;
	bool taken;

	if (!osq_lock(me, &sem->guard, &sem->osq, &node))
		return false;
	word_store(&sem->spinner, me);
	taken = rwsem_spin_loop(me, sem);
	word_store(&sem->spinner, NULL);
	osq_unlock(me, &sem->guard, &sem->osq, &node);
	return taken;
}

/**
 * rwsem_handoff_spin - the first waiter, who asked for handoff, stays awake for a running writer.
 *
 * Return: true if it is worth trying again, false to sleep.
 */
bool rwsem_handoff_spin(struct task *me, struct rw_semaphore *sem)
{
	u64 owner = word_load(&sem->owner);

	if (rwsem_owner_state(owner) == OWNER_NULL)
		return true;
	if (rwsem_owner_state(owner) != OWNER_WRITER)
		return false;
	return sim_spin_on_owner(me, rwsem_owner_task(me, owner), SIM_NS_MAX) == 0;
}
