/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/lockdep.h - what every lock reports about itself: classes, held locks, wait and hold times.
 *
 * The hooks have the kernel's names and places.  A lock calls lock_contended() when it cannot be
 * had at once, lock_acquired() when it is had, lock_release() before it is given up.  From these
 * come lock_stat, the stall records, the wait-for graph and the "who holds it" of every report.
 *
 * Invariants: (class, id) is in held[] of exactly the tasks that hold the lock; a task that waits
 * has wait.class set and was counted as a contention once, whatever the number of its wake-ups.
 * A lock without room for a map of its own (a folio's bit) passes one made on the stack.
 *
 * Upstream: include/linux/lockdep.h, kernel/locking/lockdep.c (lock_stat part), trace/events/lock.h
 * Fidelity: simplified (no irq-state tracking, no order graph here)
 */
#ifndef SIM_LOCKDEP_H
#define SIM_LOCKDEP_H

#include "sim/hist.h"
#include "sim/task.h"

#define SIM_MAX_CLASSES 64

enum lock_class_flags {
	LOCKC_SPIN = BIT(0),	/* waiters spin: holding it is atomic context */
	LOCKC_MUTEX = BIT(1),	/* perf calls it mutex */
	LOCKC_STEPS = BIT(2),	/* profile the steps inside each exclusive hold */
	LOCKC_WAITQ = BIT(3),	/* not a lock: an event somebody has to bring about */
	LOCKC_RECURSIVE = BIT(4), /* readers may nest (srcu, rcu) */
	LOCKC_PACING = BIT(5), /* waits that the workload wants (its own signals): no stall */
	LOCKC_ENGINE = BIT(6), /* the engine knows who has to act: ops->blocks() */
	LOCKC_RW = BIT(8), /* has a shared mode: rwlock_t, rw_semaphore */
	LOCKC_UNORDERED = BIT(7), /* no lock of the kernel's lockdep: a bit, a guest's */
};

struct range_lock;

enum irq_context { IRQ_HARD, IRQ_SOFT, IRQ_CONTEXTS };

/* Which classes were taken in interrupts of a kind, and which with them on: one bit each. */
struct lock_usage {
	/* virtual engine, with checks: written by the running task */
	u64 in[LOCK_NR_MODES];
	u64 on[LOCK_NR_MODES];
};

/*
 * An edge of the order: @taken was waited for, or could have been, with @held held.  Interrupts
 * are nodes, too: one can come (@taken is NULL) as long as @held is held, and takes what its
 * handler takes (@held is NULL).
 */
struct lock_edge {
	/* constant */
	const struct lock_class *held, *taken;
	const char *held_in, *taken_in; /* functions; NULL where there is no class */
	u8 irq;				/* enum irq_context, or IRQ_CONTEXTS */
	u8 mode;			/* ... and enum lock_mode of the class */
};

struct lock_class {
	/* constant after lock_class_get() */
	char name[48];
	const char *key; /* the string it was made with; only its address is looked at */
	u32 id;
	u32 flags;
	/* virtual engine: written by the running task */
	u32 nr_holds; /* by anybody, of any lock of the class */
	u32 a_holder; /* last found by search: a hint */
	const char *used_in[IRQ_CONTEXTS][2]; /* first function: in such an interrupt; with it on */
	/* written under sim->guard; NULL unless a lock of the class is held in parts */
	struct range_lock *instances;
	/* is what @w waits for behind something of @h's? */
	bool (*blocks)(const struct lock_class *class, const struct task *h, const struct task *w);
};

/* The longest hold of a class, with the steps it was made of. */
struct hold_record {
	/* written by the shard's owner */
	sim_ns hold_ns;
	sim_ns at_ns; /* when the lock was acquired */
	u32 id;	      /* of the lock, in its class */
	u32 task;
	const char *op;
	const char *func;
	u32 nr_steps;
	struct step_time step[SIM_MAX_STEPS];
};

/* Where a lock was waited for, or what its holder was doing: a function, how often, how long. */
#define SIM_LOCK_POINTS 4
struct lock_point {
	/* written by the shard's owner */
	const char *func;
	u64 count;
	sim_ns wait_ns, wait_max_ns; /* who waits, for waits that have ended */
};

struct lock_mode_stat {
	/* written by the shard's owner */
	u64 acquisitions;
	u64 contentions;
	u64 contention_bounces; /* contentions whose lock's last owner was on another CPU */
	struct lock_point waiting[SIM_LOCK_POINTS]; /* the first four functions that waited */
	struct lock_point holding[SIM_LOCK_POINTS]; /* the first four they waited for */
	sim_ns others_max_ns; /* the longest wait of functions that are not among the first four */
	u64 bounces; /* acquisitions whose previous owner was on another CPU */
	struct hist *wait; /* made at first use */
	struct hist *hold;
	struct hold_record longest;
};

struct lock_stat {
	/* written by the shard's owner */
	struct lock_mode_stat mode[LOCK_NR_MODES];
};

struct lockdep_map {
	/* constant after lock_init_map() */
	struct lock_class *class;
	u32 id; /* the object's number in this simulation, in creation order */
	/* atomic hints, for reports only */
	u32 owner; /* task id of the last owner */
	u16 owner_cpu;
};

/**
 * lock_class_get - find or make the lock class of that name.
 *
 * Context: set-up, or with a simulation at rest.
 * Return: the class; never NULL (SIM_MAX_CLASSES is asserted).
 */
struct lock_class *lock_class_get(struct sim *sim, const char *name, u32 flags);

/**
 * lock_init_map - make @map an instance of class @name.
 */
void lock_init_map(struct sim *sim, struct lockdep_map *map, const char *name, u32 flags);

/**
 * lock_contended - @me is about to wait for @map; idempotent until lock_acquired().
 */
void lock_contended(struct task *me, struct lockdep_map *map, enum lock_mode mode);

/**
 * lock_wait_abort - @me gives up waiting (trylock with timeout, signal).
 */
void lock_wait_abort(struct task *me, struct lockdep_map *map, int err);

/**
 * lock_wait_cut - the run has ended while @t waited: what it has waited so far may be its worst.
 *
 * Context: after the run.
 */
void lock_wait_cut(struct task *t, sim_ns end_ns);

/**
 * lock_wait_aside / lock_wait_back - what @me waits for goes on while it waits for other things.
 *
 * For waits that are made of running, such as a spinlock of a guest's.  After lock_wait_back() one
 * of lock_acquired() and lock_wait_abort() ends the wait.
 */
void lock_wait_aside(struct task *me);
void lock_wait_back(struct task *me);

/**
 * lock_retry_begin - @me failed because of @map's owner and will try again instead of queueing.
 *
 * For things that are not waited for but retried against, such as an open invalidation.  The task
 * runs and may wait for locks meanwhile.  Idempotent until lock_retry_end().
 */
void lock_retry_begin(struct task *me, struct lockdep_map *map);

/**
 * lock_retry_end - it has got through, or has given up (@err): one wait, from the first failure on.
 *
 * Nothing if no retry has begun.
 */
void lock_retry_end(struct task *me, int err);

/**
 * lock_set_owner - @me is in the way of those who retry against @map, without holding a lock.
 */
void lock_set_owner(struct task *me, struct lockdep_map *map);

/*
 * lock_acquired() and lock_release() of sim.h, for simulations in which somebody looks at events or
 * statistics (all of the virtual engine), and for the others: there it is known who holds a lock,
 * and nothing more.
 */
void lock_acquired_watched(struct task *me, struct lockdep_map *map, enum lock_mode mode,
			   bool trylock);
bool lock_release_watched(struct task *me, struct lockdep_map *map);

/**
 * lock_order_note - @me is about to hold @h: does that fit the order of everybody's locks so far?
 *
 * Context: virtual engine with checks; before @h counts as held.
 */
void lock_order_note(struct task *me, const struct held_lock *h);

/**
 * lock_context_note - @me is about to hold @h: does that fit what interrupts do?
 *
 * Context: as lock_order_note().
 */
void lock_context_note(struct task *me, const struct held_lock *h);

/**
 * lock_context_opened - interrupts or softirqs have come on, with locks held.
 */
void lock_context_opened(struct task *me);

/**
 * lock_is_held - does @me hold @map, in @mode or (LOCK_NR_MODES) in any mode?
 */
bool lock_is_held(const struct task *me, const struct lockdep_map *map, enum lock_mode mode);

#define lockdep_assert_held(me, l)	 SIM_ASSERT(lock_is_held(me, &(l)->dep_map, LOCK_NR_MODES))
#define lockdep_assert_held_write(me, l) SIM_ASSERT(lock_is_held(me, &(l)->dep_map, LOCK_WRITE))
#define lockdep_assert_held_read(me, l)	 SIM_ASSERT(lock_is_held(me, &(l)->dep_map, LOCK_READ))

/**
 * task_holds - does @t hold the lock (@class, @id)?  For reports and the wait-for graph.
 */
bool task_holds(const struct task *t, const struct lock_class *class, u32 id);

/**
 * lock_stat_total - merge the shards of one class and mode into @out.
 *
 * @out's histograms are allocated with the simulation's allocator and live as long as it.
 * Context: after the run.
 */
void lock_stat_total(struct sim *sim, u32 class_id, enum lock_mode mode,
		     struct lock_mode_stat *out);

/**
 * lock_stat_merge - move the tasks' own shards into the simulation's table.
 *
 * Context: after the run.
 */
void lock_stat_merge(struct sim *sim);

#endif
