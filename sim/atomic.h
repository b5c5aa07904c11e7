/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/atomic.h - marked accesses to shared memory: each is one visible operation.
 *
 * All are at least acquire on load and release on store, so that the model may be read under
 * sequential consistency in the virtual engine and is race-free C on threads.  @obj names the
 * object for dependency; use the id of the structure the word lives in.
 */
#ifndef SIM_ATOMIC_H
#define SIM_ATOMIC_H

#include "sim/engine.h"

#define READ_ONCE(me, obj, x)                                                                      \
	(sim_point(me, obj, SIM_READ), __atomic_load_n(&(x), __ATOMIC_ACQUIRE))

#define WRITE_ONCE(me, obj, x, v)                                                                  \
	(sim_point(me, obj, SIM_WRITE), __atomic_store_n(&(x), (v), __ATOMIC_RELEASE))

/* Returns the new value. */
#define atomic_add_return(me, obj, p, v)                                                           \
	(sim_point(me, obj, SIM_WRITE), __atomic_add_fetch(p, (v), __ATOMIC_ACQ_REL))

#define atomic_xchg(me, obj, p, v)                                                                 \
	(sim_point(me, obj, SIM_WRITE), __atomic_exchange_n(p, (v), __ATOMIC_ACQ_REL))

/* True if *p was *oldp and is now @v; otherwise *oldp is what was found. */
#define atomic_try_cmpxchg(me, obj, p, oldp, v)                                                    \
	(sim_point(me, obj, SIM_WRITE),                                                            \
	 __atomic_compare_exchange_n(p, oldp, (v), false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))

/*
 * The same without a decision before it: for words that only the holder of a lock writes, or
 * where the surrounding step already was one.
 */
#define load_acquire(x)	    __atomic_load_n(&(x), __ATOMIC_ACQUIRE)
#define store_release(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELEASE)

#endif
