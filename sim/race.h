/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/race.h - accesses to shared fields that nothing orders: the rule data-race.
 *
 * Kernel code that shares a field either holds a lock for it, and accesses it plainly, or marks the
 * access (READ_ONCE() and the like) and lives with what it may find.  Two accesses to the same
 * field, one of them a write and one of them plain, race if no chain of releases and acquisitions
 * leads from one to the other; but a marked read may meet a plain write, as in KCSAN's default
 * configuration (the kernel's way to look without the lock at what is written under it).  That is
 * judged with vector clocks, so the two need not meet: a run in which they are far apart shows it
 * as well as one in which they collide.
 *
 *	plain_read(me, x)		x, ordered by a lock or by whatever else
 *	plain_write(me, x, v)		x = v, the same
 *	plain_add(me, x, v)		x += v
 *	plain_reads(me, x)		what follows reads x, or the list or set that x stands for
 *	plain_writes(me, x)		... writes it
 *	data_race(x)			x, where the kernel says that a race does not matter
 *	READ_ONCE()			sim/atomic.h; marked: no order, and no race with anything
 *	WRITE_ONCE()			the same; races with plain accesses
 *	smp_load_acquire(me, x)		marked, and ordered after the smp_store_release() it sees
 *	smp_store_release(me, x, v)
 *	step_*(), atomic_*()		sim/atomic.h; fully ordered if they return a value
 *
 * What orders: locks (sim/lockdep.h's hooks; readers are ordered with writers, not among
 * themselves), wait queues as the locks that they have inside, RCU and SRCU grace periods, IPIs.
 *
 * Real threads have ThreadSanitizer for this: there the accessors are atomic accesses, no more.
 *
 * Upstream: kernel/kcsan/core.c, tools/memory-model/Documentation/access-marking.txt,
 * lib/Kconfig.kcsan:KCSAN_ASSUME_PLAIN_WRITES_ATOMIC (for marked reads only: two plain writes race)
 * Fidelity: simplified: a field is one address and has one size; a dependency orders only where a
 * pointer is followed by srcu_dereference()
 */
#ifndef SIM_RACE_H
#define SIM_RACE_H

#include "sim/sim.h"

enum race_access {
	RACE_READ,
	RACE_WRITE,
	RACE_MARKED_WRITE,
	RACE_KINDS,
	RACE_MARKED_RMW = RACE_KINDS, /* a marked write that goes on where a release left off */
	RACE_NR
};

void __race_access(struct task *me, const void *p, u32 bytes, enum race_access how,
		   const char *what);
void __race_acquire(struct task *me, const void *obj);
void __race_release(struct task *me, const void *obj);
void __race_pass(struct sim *sim, const void *from, const void *to);
void __race_forget(struct sim *sim, const void *p, size_t bytes);

/**
 * race_access - @me is about to access the field at @p.
 * @what: the field's name; outlives the simulation
 */
static inline void race_access(struct task *me, const void *p, u32 bytes, enum race_access how,
			       const char *what)
{
	if (unlikely(me->sim->racing))
		__race_access(me, p, bytes, how, what);
}

/**
 * race_acquire - @me comes after all that released @obj before.
 * @obj: an address that says which; nothing there is looked at
 */
static inline void race_acquire(struct task *me, const void *obj)
{
	if (unlikely(me->sim->racing))
		__race_acquire(me, obj);
}

/**
 * race_release - who acquires @obj from now on comes after what @me has done so far.
 *
 * Until somebody writes to a field at that address, which ends what was released there.
 */
static inline void race_release(struct task *me, const void *obj)
{
	if (unlikely(me->sim->racing))
		__race_release(me, obj);
}

/* Both at once: a critical section of a lock that is modelled by nothing else. */
static inline void race_fence(struct task *me, const void *obj)
{
	if (unlikely(me->sim->racing)) {
		__race_acquire(me, obj);
		__race_release(me, obj);
	}
}

/**
 * race_forget - what is at [@p, @p + @bytes) from now on is another object.
 *
 * For memory that the model recycles itself; sim_free() does it.
 */
static inline void race_forget(struct sim *sim, const void *p, size_t bytes)
{
	if (unlikely(sim->racing))
		__race_forget(sim, p, bytes);
}

#define plain_read(me, x)                                                                          \
	(race_access(me, &(x), sizeof(x), RACE_READ, #x), __atomic_load_n(&(x), __ATOMIC_ACQUIRE))

#define plain_write(me, x, v)                                                                      \
	(race_access(me, &(x), sizeof(x), RACE_WRITE, #x),                                         \
	 __atomic_store_n(&(x), (v), __ATOMIC_RELEASE))

#define plain_add(me, x, v)                                                                        \
	do {                                                                                       \
		race_access(me, &(x), sizeof(x), RACE_WRITE, #x);                                  \
		__atomic_store_n(&(x), (x) + (v), __ATOMIC_RELEASE);                               \
	} while (0)

#define plain_reads(me, x)  race_access(me, &(x), sizeof(x), RACE_READ, #x)
#define plain_writes(me, x) race_access(me, &(x), sizeof(x), RACE_WRITE, #x)

/* Upstream: include/linux/compiler.h:data_race */
#define data_race(x) __atomic_load_n(&(x), __ATOMIC_ACQUIRE)

#define smp_load_acquire(me, x)                                                                    \
	(race_acquire(me, &(x)), __atomic_load_n(&(x), __ATOMIC_ACQUIRE))

#define smp_store_release(me, x, v)                                                                \
	(race_access(me, &(x), sizeof(x), RACE_MARKED_WRITE, #x), race_release(me, &(x)),          \
	 __atomic_store_n(&(x), (v), __ATOMIC_RELEASE))

/* --- for sim/ --- */

int race_init(struct sim *sim);
void race_exit(struct sim *sim);
void race_begin(struct sim *sim); /* a run begins: nobody has accessed anything */

void __race_lock_acquired(struct task *me, const struct lock_class *class, u32 id,
			  enum lock_mode mode);
void __race_lock_release(struct task *me, const struct lock_class *class, u32 id,
			 enum lock_mode mode);
/* @me interrupts @target, which has done so at once. */
void __race_ipi(struct task *me, struct task *target);

#endif
