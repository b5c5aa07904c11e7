/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/waiter.h - the inside of the locks: words, waiters, optimistic spinning.
 *
 * Only the lock implementations include this.  A lock word is changed by one atomic step; in the
 * virtual engine nothing else runs during that step, so it needs no bus lock there.
 *
 * Invariants: a waiter's record lives on the waiter's stack and dies as soon as the waiter can see
 * that it was granted, so waiter_grant() is the last access anybody else makes to it; a record is
 * on at most one list; whoever makes a waiter's condition true unparks it afterwards, and a permit
 * that arrives late or for nothing is harmless because every wait loops on its condition.
 */
#ifndef SIM_WAITER_H
#define SIM_WAITER_H

#include "sim/engine.h"
#include "sim/lockdep.h"

/*
 * One atomic step on a shared word; all of them are full barriers on real threads, which is what
 * "publish myself, then look again" against "change the word, then look for waiters" needs.
 */
#define word_add_return(sim, p, v)                                          \
	({                                                                  \
		__typeof__(*(p)) __new;                                     \
		if (likely((sim)->is_virtual)) {                            \
			__new = *(p) + (v);                                 \
			*(p) = __new;                                       \
		} else {                                                    \
			__new = __atomic_add_fetch(p, v, __ATOMIC_SEQ_CST); \
		}                                                           \
		__new;                                                      \
	})

/* Return: true if *p was @o and is @n now. */
#define word_cas(sim, p, o, n)                                                                    \
	({                                                                                        \
		__typeof__(*(p)) __old = (o);                                                     \
		bool __done;                                                                      \
		if (likely((sim)->is_virtual)) {                                                  \
			__done = *(p) == __old;                                                   \
			if (__done)                                                               \
				*(p) = (n);                                                       \
		} else {                                                                          \
			__done = __atomic_compare_exchange_n(p, &__old, n, false,                 \
							     __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
		}                                                                                 \
		__done;                                                                           \
	})

#define word_clear(sim, p, v)                                                                      \
	do {                                                                                       \
		if (likely((sim)->is_virtual))                                                     \
			*(p) &= ~(v);                                                              \
		else                                                                               \
			__atomic_fetch_and(p, ~(v), __ATOMIC_SEQ_CST);                             \
	} while (0)

/* Return: the value before. */
#define word_fetch_or(p, v)	__atomic_fetch_or(p, v, __ATOMIC_SEQ_CST)
#define word_fetch_andnot(p, v) __atomic_fetch_and(p, ~(v), __ATOMIC_SEQ_CST)
#define word_load(p)		__atomic_load_n(p, __ATOMIC_SEQ_CST)
#define word_store(p, v)	__atomic_store_n(p, v, __ATOMIC_SEQ_CST)

struct lock_waiter {
	/* protected by the lock's guard */
	struct list_head node;
	struct task *task;
	u8 mode; /* enum lock_mode */
	/* atomic */
	u32 granted;
};

static inline void waiter_init(struct lock_waiter *w, struct task *me, enum lock_mode mode)
{
	INIT_LIST_HEAD(&w->node);
	w->task = me;
	w->mode = (u8)mode;
	w->granted = 0;
}

static inline bool waiter_granted(const struct lock_waiter *w)
{
	return __atomic_load_n(&w->granted, __ATOMIC_ACQUIRE);
}

static inline void waiter_grant(struct task *me, struct lock_waiter *w)
{
	struct task *t = w->task;

	__atomic_store_n(&w->granted, 1, __ATOMIC_RELEASE);
	sim_unpark(me, t);
}

static inline void waiter_park_until_granted(struct task *me, const struct lock_waiter *w,
					     enum park_how how)
{
	while (!waiter_granted(w))
		sim_park(me, how, SIM_NS_MAX);
}

bool lock_release_mode(struct task *me, struct lockdep_map *map, enum lock_mode mode);

/*
 * The queue of optimistic spinners: the head may spin on the lock's owner, the others spin behind
 * it and give up when somebody wants their CPU.
 *
 * Upstream: kernel/locking/osq_lock.c
 * Fidelity: faithful (a list under the lock's guard instead of per-CPU nodes)
 */
bool osq_lock(struct task *me, struct sim_guard *guard, struct list_head *osq,
	      struct lock_waiter *node);
void osq_unlock(struct task *me, struct sim_guard *guard, struct list_head *osq,
		struct lock_waiter *node);

/*
 * The spinner that the word's changes are announced to.  Setting it before looking at the word,
 * and looking for it after changing the word, makes sure that one of both sees the other.
 */
static inline void spinner_kick(struct task *me, struct task **spinner)
{
	struct task *t = word_load(spinner);

	if (unlikely(t) && t != me)
		sim_unpark(me, t);
}

#endif
