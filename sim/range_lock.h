/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/range_lock.h - a lock of ranges of numbers: shared or exclusive, sleeping, strictly fair.
 *
 * Two requests conflict if their ranges overlap and one of them is exclusive.  All requests, held
 * and waiting, are in one interval tree; each knows how many earlier ones it conflicts with.
 *
 * Invariants (numbered for the tests to cite):
 *  L1 A request is granted when no earlier one that it conflicts with is left, and at that moment.
 *  L2 So requests that conflict are served in the order in which they came, readers and writers
 *     alike: nobody steals, nobody starves, and readers between two writers come in together.
 *  L3 Requests that do not conflict do not wait for each other; they may wait for the same third.
 *  L4 A request that waits stands in the way of later ones like one that is held: a long range that
 *     waits at one end closes all of its length.
 *  L5 Sleeping; deaf to signals unless asked not to be.  Who gives up leaves no trace, and those
 *     behind him go on as after a release.
 *
 * A request lives where its owner wants (on his stack) from lock to unlock.  Lockdep knows all
 * ranges of a lock as one lock; whom a waiter waits for is asked of the tree (range_lock_blocks).
 *
 * The tree has a spinlock, which every lock() and unlock() takes.  It is a lock of the model only
 * where its hold takes time (range_lock_tree_cost()); else the whole section is one visible step,
 * and nobody can tell the difference.
 *
 * Upstream: none merged; the rules, and the cost of O((1 + R_int) log R_all), of the range lock
 * that was proposed for mmap_lock (Davidlohr Bueso, "Introduce range reader/writer lock", 5 Feb
 * 2018, 20180205012754.23615-3-dbueso@wotan.suse.de)
 * Fidelity: simplified: a balanced tree's depth is reckoned with, not the actual one; readers that
 * overlap are not visited
 */
#ifndef SIM_RANGE_LOCK_H
#define SIM_RANGE_LOCK_H

#include "sim/dist.h"
#include "sim/engine.h"
#include "sim/lockdep.h"
#include "sim/spinlock.h"
#include "sim/waiter.h"

struct range_request {
	/* constant from lock to unlock */
	u64 start, last; /* both inside */
	u64 seq;	 /* order of arrival, from 1 on */
	/* protected by the lock's guard */
	u64 nr_blockers; /* earlier requests that it conflicts with */
	u64 max_last;	 /* of its subtree */
	struct range_request *left, *right;
	struct lock_waiter w;
};

struct range_lock {
	struct lockdep_map dep_map;
	/* constant after range_lock_init() */
	u32 obj; /* what a search knows requests by */
	struct range_lock *next; /* of the class */
	const struct sim_dist *level; /* of a walk through the tree; NULL or 0: no tree_lock */
	struct spinlock tree_lock;
	/* protected by guard */
	struct sim_guard guard;
	struct range_request *root;
	u64 seq; /* of the latest request */
	u64 nr_held[LOCK_NR_MODES]; /* granted requests */
	u64 nr_waiting;
};

void range_lock_init(struct sim *sim, struct range_lock *lock, const char *class_name,
		     u32 class_flags);

/**
 * range_lock_tree_cost - each level of a walk through the tree takes @level, under a spinlock
 * @level: outlives the lock; may be 0 for a time in which nobody else uses the lock
 * @class_name: of that
 *
 * Context: before the lock is used.
 */
void range_lock_tree_cost(struct sim *sim, struct range_lock *lock, const char *class_name,
			  const struct sim_dist *level);

/**
 * range_lock - take [@start, @last], shared or exclusively.
 * @r: the request, until range_unlock()
 * @how: PARK_SLEEP, PARK_KILLABLE or PARK_INTR
 *
 * Context: may sleep.
 * Return: 0; -EINTR if a signal ended the wait.
 */
int range_lock(struct task *me, struct range_lock *lock, struct range_request *r, u64 start,
	       u64 last, enum lock_mode mode, enum park_how how);

/**
 * range_trylock - the same if nobody is in the way.
 *
 * Context: any.
 * Return: true if it was taken.
 */
bool range_trylock(struct task *me, struct range_lock *lock, struct range_request *r, u64 start,
		   u64 last, enum lock_mode mode);

void range_unlock(struct task *me, struct range_lock *lock, struct range_request *r);

/**
 * range_lock_check - are the tree, the counts and the grants what they should be?
 *
 * Context: at rest.
 * Return: what is wrong, or NULL.
 */
const char *range_lock_check(const struct range_lock *lock);

#endif
