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
 * Upstream: kernel/sched/wait.c, mm/filemap.c:folio_wait_bit_common, folio_wake_bit
 * Fidelity: faithful: lock waiters are exclusive and, as in the page cache since 5.9, a waiter that
 * has been passed over once is handed the bit; __clear without wake-up exists
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
	struct list_head node;
	struct task *task;
};

void init_waitqueue_head(struct sim *sim, struct wait_queue_head *wq, const char *class_name);
void prepare_to_wait(struct task *me, struct wait_queue_head *wq, struct wait_queue_entry *e);
void finish_wait(struct task *me, struct wait_queue_head *wq, struct wait_queue_entry *e);
void wake_up_all(struct task *me, struct wait_queue_head *wq);
void wake_up(struct task *me, struct wait_queue_head *wq);

/**
 * wait_event - sleep until @cond is true; it is tested with no guard held.
 */
#define wait_event_how(me, wq, cond, how)                                                          \
	({                                                                                         \
		struct wait_queue_entry __e;                                                       \
		int __ret = 0;                                                                     \
		prepare_to_wait(me, wq, &__e);                                                     \
		while (!(cond)) {                                                                  \
			__ret = sim_park(me, how, SIM_NS_MAX);                                     \
			if (__ret)                                                                 \
				break;                                                             \
		}                                                                                  \
		finish_wait(me, wq, &__e);                                                         \
		__ret;                                                                             \
	})
#define wait_event(me, wq, cond)	       ((void)wait_event_how(me, wq, cond, PARK_SLEEP))
#define wait_event_killable(me, wq, cond)      wait_event_how(me, wq, cond, PARK_KILLABLE)
#define wait_event_interruptible(me, wq, cond) wait_event_how(me, wq, cond, PARK_INTR)

#define BIT_WAIT_TABLE 64

/* The hashed wait queues of one simulation's bit locks. */
struct bit_wait_table {
	struct {
		/* protected by guard */
		struct sim_guard guard;
		struct list_head waiters;
	} slot[BIT_WAIT_TABLE];
	/* all bits of one table share one class; objects are told apart by map id = @obj */
	struct lock_class *class;
	struct sim *sim;
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
 */
void bit_clear_nowake(struct task *me, struct bit_wait_table *t, u32 *word, u32 bit, u32 obj);

#endif
