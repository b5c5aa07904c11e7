// SPDX-License-Identifier: GPL-2.0-only
/*
 * waiter.c - what several locks need: who may spin optimistically, one at a time and in order, and
 * the check for a release in the wrong mode.
 *
 * Invariants: the first node of an osq list is the spinner, and its granted flag is set; nodes
 * leave the list only under the guard.
 *
 * Upstream: kernel/locking/osq_lock.c
 */
#include "sim/waiter.h"

/**
 * lock_release_mode - lock_release() when the lock's word does not look like a hold in @mode.
 *
 * A task that holds the lock otherwise gets a finding of its own; the lock stays as it is.
 * Return: as lock_release().
 */
bool lock_release_mode(struct task *me, struct lockdep_map *map, enum lock_mode mode)
{
	if (lock_is_held(me, map, mode) || !lock_is_held(me, map, LOCK_NR_MODES))
		return lock_release(me, map);
	sim_finding(me->sim, me, "lock-order", "%s releases %s as a %s, but holds it as a %s",
		    sim_func(me), map->class->name, mode == LOCK_READ ? "reader" : "writer",
		    mode == LOCK_READ ? "writer" : "reader");
	return false;
}

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
