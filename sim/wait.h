/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/wait.h - wait queues, and the bit lock the page cache builds folio locks from.
 *
 * A wait queue's map (class flag LOCKC_WAITQ) makes the wait visible to the wait-for graph; whoever
 * has to bring the event about may "hold" the map through lock_acquired()/lock_release().
 *
 * The bit lock is a bit in a flag word plus a hashed table of wait queues.  It has no owner field
 * of its own; lockdep's held list still remembers who set it, for reports.
 *
 * Invariants of the bit lock:
 *  B1 Waiters for the lock are exclusive: an unlock wakes the first of them, and with it every
 *     earlier waiter that only wants to see the bit clear.
 *  B2 A woken waiter tries once; whoever set the bit meanwhile has passed it over, and it queues
 *     again at the tail.
 *  B3 A waiter that was passed over as often as the table's unfairness allows is handed the bit:
 *     the unlock sets it on the waiter's behalf, so nobody can pass any more.
 *  B4 bit_clear_nowake() clears the bit and wakes nobody.
 *
 * Upstream: kernel/sched/wait.c, mm/filemap.c:folio_wait_bit_common, folio_wake_bit
 * Fidelity: faithful (no priority or autoremove variants; the queue is found by object number)
 */
#ifndef SIM_WAIT_H
#define SIM_WAIT_H

#include "sim/engine.h"
#include "sim/lockdep.h"

struct wait_queue_head {
	struct lockdep_map dep_map;
	/* protected by guard */
	struct sim_guard guard;
	struct list_head head;
};

struct wait_queue_entry {
	/* protected by the queue's guard */
	struct list_head node; /* empty after a wake-up, until the next prepare_to_wait() */
	struct task *task;
	bool exclusive;
};

void init_waitqueue_head(struct sim *sim, struct wait_queue_head *wq, const char *class_name);
void init_wait_entry(struct task *me, struct wait_queue_entry *e, bool exclusive);
void prepare_to_wait(struct task *me, struct wait_queue_head *wq, struct wait_queue_entry *e);
int wait_queue_park(struct task *me, struct wait_queue_head *wq, enum park_how how);
void finish_wait(struct task *me, struct wait_queue_head *wq, struct wait_queue_entry *e);
void wake_up_all(struct task *me, struct wait_queue_head *wq);
void wake_up(struct task *me, struct wait_queue_head *wq);

/*
 * In a search, a waiter whose order among others does not matter looks first: not having looked is
 * as good as sleeping until the condition may have changed.  Who looks again and is still in vain
 * sleeps, for the wait-for graph to see.
 */
static inline bool wait_comes_back(const struct task *me, enum park_how how, bool exclusive)
{
	return unlikely(me->sim->searching) && !exclusive && !me->in_loop &&
	       !signal_pending_how(me, how);
}

/**
 * wait_event - sleep until @cond is true; it is tested with no guard held.
 *
 * The killable and interruptible forms return 0, or -EINTR if @cond was still false when the
 * signal came (the kernel's -ERESTARTSYS, as user space sees it).
 */
#define __wait_event(me, wq, cond, how, exclusive)                                                 \
	({                                                                                         \
		struct wait_queue_entry __e;                                                       \
		bool __came = false;                                                               \
		int __ret = 0;                                                                     \
		might_sleep(me);                                                                   \
		if (wait_comes_back(me, how, exclusive)) {                                         \
			sim_loop(me);                                                              \
			sim_point(me, (wq)->dep_map.id, SIM_WAIT);                                 \
			__came = (cond);                                                           \
			if (!__came)                                                               \
				sim_retry(me);                                                     \
			sim_loop_end(me);                                                          \
		}                                                                                  \
		if (!__came) {                                                                     \
			sim_point(me, (wq)->dep_map.id, (exclusive) ? SIM_WAIT_ONE : SIM_WAIT);    \
			init_wait_entry(me, &__e, exclusive);                                      \
			for (;;) {                                                                 \
				prepare_to_wait(me, wq, &__e);                                     \
				if (cond) {                                                        \
					__ret = 0;                                                 \
					break;                                                     \
				}                                                                  \
				if (__ret)                                                         \
					break;                                                     \
				__ret = wait_queue_park(me, wq, how);                              \
			}                                                                          \
			finish_wait(me, wq, &__e);                                                 \
		}                                                                                  \
		__ret;                                                                             \
	})
#define wait_event_how(me, wq, cond, how)      __wait_event(me, wq, cond, how, false)
#define wait_event(me, wq, cond)	       ((void)wait_event_how(me, wq, cond, PARK_SLEEP))
#define wait_event_killable(me, wq, cond)      wait_event_how(me, wq, cond, PARK_KILLABLE)
#define wait_event_interruptible(me, wq, cond) wait_event_how(me, wq, cond, PARK_INTR)
#define wait_event_exclusive(me, wq, cond)                                                         \
	((void)__wait_event(me, wq, cond, PARK_SLEEP, true))

#define BIT_WAIT_TABLE 64

/* How often a waiter is passed over before it gets the bit: sysctl vm.page_lock_unfairness. */
#define BIT_LOCK_UNFAIRNESS 5

struct bit_wait_slot {
	/* protected by guard */
	struct sim_guard guard;
	struct list_head waiters;
	/* atomic */
	u32 nr; /* length of waiters, so that an unlock need not take the guard to look */
};

/* The hashed wait queues of one simulation's bit locks. */
struct bit_wait_table {
	struct bit_wait_slot slot[BIT_WAIT_TABLE];
	/* constant: all bits of a table share one class, objects are told apart by map id = @obj */
	struct lock_class *class;
	struct sim *sim;
	/* set-up time only */
	u32 unfairness;
	bool sleepers; /* there is bit_clear_nowake(): a search has to know who sleeps by then */
};

void bit_wait_table_init(struct sim *sim, struct bit_wait_table *t, const char *class_name);

/**
 * bit_lock - set bit @bit of *@word, sleeping until it is clear.
 * @obj: identifies the object in reports
 */
void bit_lock(struct task *me, struct bit_wait_table *t, u32 *word, u32 bit, u32 obj);
int bit_lock_killable(struct task *me, struct bit_wait_table *t, u32 *word, u32 bit, u32 obj);
bool bit_trylock(struct task *me, struct bit_wait_table *t, u32 *word, u32 bit, u32 obj);
void bit_unlock(struct task *me, struct bit_wait_table *t, u32 *word, u32 bit, u32 obj);

/**
 * bit_wait - sleep until the bit is clear, without taking it.
 */
void bit_wait(struct task *me, struct bit_wait_table *t, u32 *word, u32 bit, u32 obj);

/**
 * bit_clear_nowake - clear the bit and wake nobody (__folio_clear_locked).
 *
 * Context: where somebody may sleep, only with @t->sleepers: else a search takes nobody to sleep.
 */
void bit_clear_nowake(struct task *me, struct bit_wait_table *t, u32 *word, u32 bit, u32 obj);

#endif
