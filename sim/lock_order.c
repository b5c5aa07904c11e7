// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/lock_order.c - the order in which classes of locks are taken: deadlocks before they happen.
 *
 * An edge A -> B says that somebody has waited, or could have waited, for a lock of class B while
 * he held one of class A.  A cycle of edges is a deadlock that some order of events runs into, even
 * if this run did not.  Like lockdep it looks at classes: two locks of one class are one node.
 *
 * Invariants:
 *  - an acquisition that cannot wait makes no edge to its lock: a trylock, a reader of SRCU;
 *  - edges are made from the locks held, newest first, down to the first that was waited for: what
 *    is below it has an edge to it already.
 *
 * Upstream: kernel/locking/lockdep.c:check_prevs_add
 * Fidelity: simplified: no contexts of interrupts; readers of rwlocks and rwsems count as writers;
 * no nesting inside a class
 */
#include <stdio.h>
#include <string.h>

#include "sim/core.h"

_Static_assert(SIM_MAX_CLASSES <= 64, "a class is a bit of a word");

/* Events are no locks: who holds one is no more than a name for who has to act. */
#define NO_NODE (LOCKC_UNORDERED | LOCKC_WAITQ)

static bool cannot_wait(const struct held_lock *h)
{
	return h->trylock || ((h->class->flags & LOCKC_RECURSIVE) && h->mode == LOCK_READ);
}

/*
 * Depth first from @from to @to along the edges.
 * Return: the length of the path in @path, @to included, or 0.
 */
static u32 find_path(const struct sim *sim, u32 from, u32 to, u64 *seen, u32 *path)
{
	u64 next = sim->lock_after[from] & ~*seen;
	u32 len;

	path[0] = from;
	if (from == to)
		return 1;
	*seen |= BIT_ULL(from);
	for (; next; next &= next - 1) {
		u32 c = (u32)__builtin_ctzll(next);

		if (*seen & BIT_ULL(c))
			continue;
		len = find_path(sim, c, to, seen, path + 1);
		if (len)
			return len + 1;
	}
	return 0;
}

static void report(struct task *me, const struct held_lock *prev, const struct held_lock *h,
		   const u32 *path, u32 len)
{
	char text[400];
	size_t at = 0;

	for (u32 i = 0; i < len && at < sizeof(text); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", i ? " -> " : "",
				       me->sim->classes[path[i]].name);
	sim_finding(me->sim, me, "lock-order",
		    "possible circular locking: %s takes %s in %s and holds %s, taken in %s; the "
		    "other way round was seen: %s",
		    me->name, h->class->name, h->func, prev->class->name, prev->func, text);
}

void lock_order_note(struct task *me, const struct held_lock *h)
{
	struct sim *sim = me->sim;

	if ((h->class->flags & NO_NODE) || cannot_wait(h))
		return;
	for (u32 i = me->nr_held; i-- > 0;) {
		const struct held_lock *prev = &me->held[i];
		u32 path[SIM_MAX_CLASSES], len;
		u64 seen = 0;

		if ((prev->class->flags & NO_NODE) || prev->class == h->class)
			continue;
		if (!(sim->lock_after[prev->class->id] & BIT_ULL(h->class->id))) {
			len = find_path(sim, h->class->id, prev->class->id, &seen, path);
			sim->lock_after[prev->class->id] |= BIT_ULL(h->class->id);
			if (len)
				report(me, prev, h, path, len);
		}
		if (!cannot_wait(prev))
			return;
	}
}
