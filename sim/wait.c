// SPDX-License-Identifier: GPL-2.0-only
/*
 * wait.c - wait queues.
 *
 * Invariants: an entry is on the queue from prepare_to_wait() until it is woken or finishes; an
 * exclusive entry that was woken is off the queue, so two wake-ups wake two of them; non-exclusive
 * entries stand before exclusive ones, the newest first.
 *
 * Upstream: kernel/sched/wait.c
 */
#include "sim/wait.h"

#include "sim/race.h"

/**
 * init_waitqueue_head - make an empty wait queue of that class.
 *
 * Context: any.
 */
void init_waitqueue_head(struct sim *sim, struct wait_queue_head *wq, const char *class_name)
{
	lock_init_map(sim, &wq->dep_map, class_name, LOCKC_WAITQ);
	wq->guard.locked = 0;
	INIT_LIST_HEAD(&wq->head);
}

/**
 * init_wait_entry - make @e a way for @me to wait; an exclusive one is woken one at a time.
 */
void init_wait_entry(struct task *me, struct wait_queue_entry *e, bool exclusive)
{
	INIT_LIST_HEAD(&e->node);
	e->task = me;
	e->exclusive = exclusive;
}

/**
 * prepare_to_wait - be on the queue; what happens from here on will be heard of.
 *
 * Context: any, before each test of the condition.
 */
void prepare_to_wait(struct task *me, struct wait_queue_head *wq, struct wait_queue_entry *e)
{
	race_fence(me, wq); /* the kernel's queue has a spinlock; so do the two below */
	sim_guard_lock(me->sim, &wq->guard);
	if (list_empty(&e->node)) {
		if (e->exclusive)
			list_add_tail(&e->node, &wq->head);
		else
			list_add(&e->node, &wq->head);
	}
	sim_guard_unlock(me->sim, &wq->guard);
	if (!me->sim->is_virtual)
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/**
 * wait_queue_park - sleep until woken.
 *
 * The wait is over, for the wait-for graph, before the condition is tested again: that test may
 * take locks.
 * Return: 0, or -EINTR.
 */
int wait_queue_park(struct task *me, struct wait_queue_head *wq, enum park_how how)
{
	int ret;

	lock_contended(me, &wq->dep_map, LOCK_READ);
	ret = sim_park(me, how, SIM_NS_MAX) == -EINTR ? -EINTR : 0;
	lock_wait_abort(me, &wq->dep_map, ret);
	return ret;
}

/**
 * finish_wait - the condition came true, or @me gives up.
 *
 * Context: any.
 */
void finish_wait(struct task *me, struct wait_queue_head *wq, struct wait_queue_entry *e)
{
	bool queued;

	sim_guard_lock(me->sim, &wq->guard);
	queued = !list_empty(&e->node);
	list_del_init(&e->node);
	sim_guard_unlock(me->sim, &wq->guard);
	/* who is not on the queue any more does not take its lock */
	if (queued)
		race_fence(me, wq);
}

static void __wake_up(struct task *me, struct wait_queue_head *wq, u32 nr_exclusive)
{
	struct wait_queue_entry *e, *next;

	sim_touch(me, wq->dep_map.id, SIM_RELEASING);
	race_fence(me, wq);
	if (!me->sim->is_virtual)
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	sim_guard_lock(me->sim, &wq->guard);
	list_for_each_entry_safe(e, next, &wq->head, node) {
		bool last = e->exclusive && --nr_exclusive == 0;
		struct task *t = e->task;

		list_del_init(&e->node);
		sim_unpark(me, t);
		if (last)
			break;
	}
	sim_guard_unlock(me->sim, &wq->guard);
	sim_release_point(me, wq->dep_map.id);
}

/**
 * wake_up_all - wake everybody.
 *
 * Context: any.
 */
void wake_up_all(struct task *me, struct wait_queue_head *wq)
{
	__wake_up(me, wq, UINT32_MAX);
}

/**
 * wake_up - wake all non-exclusive waiters and the first exclusive one.
 *
 * Context: any.
 */
void wake_up(struct task *me, struct wait_queue_head *wq)
{
	__wake_up(me, wq, 1);
}
