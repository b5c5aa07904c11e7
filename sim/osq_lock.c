// SPDX-License-Identifier: GPL-2.0-only
/*
 * osq_lock.c - who may spin optimistically on a sleeping lock, one at a time and in order.
 *
 * Invariants: the first node of the list is the spinner, and its granted flag is set; nodes leave
 * the list only under the guard.
 *
 * Upstream: kernel/locking/osq_lock.c
 */
#include "sim/waiter.h"

/**
 * osq_lock - queue for the right to spin.
 *
 * Context: may spin, never sleeps.
 * Return: true once @me is the spinner, false if somebody wanted the CPU first.
 */
bool osq_lock(struct task *me, struct sim_guard *guard, struct list_head *osq,
	      struct lock_waiter *node)
{
	struct sim *sim = me->sim;

	waiter_init(node, me, LOCK_WRITE);
	sim_guard_lock(sim, guard);
	node->granted = list_empty(osq);
	list_add_tail(&node->node, osq);
	sim_guard_unlock(sim, guard);

	while (!waiter_granted(node)) {
		if (sim_park(me, PARK_SPIN_OPT, SIM_NS_MAX) != -EAGAIN)
			continue;
		sim_guard_lock(sim, guard);
		if (waiter_granted(node)) {
			sim_guard_unlock(sim, guard);
			break;
		}
		list_del_init(&node->node);
		sim_guard_unlock(sim, guard);
		return false;
	}
	return true;
}

/**
 * osq_unlock - stop spinning; the next in the queue becomes the spinner.
 */
void osq_unlock(struct task *me, struct sim_guard *guard, struct list_head *osq,
		struct lock_waiter *node)
{
	sim_guard_lock(me->sim, guard);
	list_del_init(&node->node);
	if (!list_empty(osq))
		waiter_grant(me, list_first_entry(osq, struct lock_waiter, node));
	sim_guard_unlock(me->sim, guard);
}
