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
#include "sim/race.h"

#define READ_ONCE(me, obj, x)                                                                      \
	(sim_point(me, obj, SIM_READ), __atomic_load_n(&(x), __ATOMIC_ACQUIRE))

#define WRITE_ONCE(me, obj, x, v)                                                                  \
	(sim_point(me, obj, SIM_WRITE),                                                            \
	 race_access(me, &(x), sizeof(x), RACE_MARKED_WRITE, #x),                                  \
	 __atomic_store_n(&(x), (v), __ATOMIC_RELEASE))

/*
 * A pointer to something that is complete, and is not changed any more as long as readers may be
 * there: what was done before it was published comes before what is done with what it points to.
 *
 * Upstream: include/linux/rcupdate.h:rcu_assign_pointer, include/linux/srcu.h:srcu_dereference
 */
#define srcu_dereference(me, obj, p) (sim_point(me, obj, SIM_READ), smp_load_acquire(me, p))
#define srcu_publish(me, obj, p, v)  (sim_point(me, obj, SIM_WRITE), smp_store_release(me, p, v))

/*
 * Read-modify-write without a decision before it: where the surrounding step already was one.  In
 * the virtual engine nothing else runs during the step, so it needs no bus lock there.  For the
 * race detector those that return something are fully ordered, step_or() and step_and() only
 * marked.
 *
 * step_add_return() returns the new value, step_xchg() the old one; step_try_cmpxchg() is true if
 * *p was *oldp and is now @v, otherwise *oldp is what was found.
 */
#define step_add_return(me, p, v)                                                                  \
	({                                                                                         \
		__typeof__(p) __p = (p);                                                           \
		race_access(me, __p, sizeof(*__p), RACE_MARKED_RMW, #p);                           \
		race_fence(me, __p);                                                               \
		likely((me)->sim->is_virtual) ? (*__p += (v)) :                                    \
						__atomic_add_fetch(__p, (v), __ATOMIC_ACQ_REL);    \
	})

#define step_or(me, p, v)                                                                          \
	({                                                                                         \
		__typeof__(p) __p = (p);                                                           \
		race_access(me, __p, sizeof(*__p), RACE_MARKED_RMW, #p);                           \
		likely((me)->sim->is_virtual) ? (*__p |= (v)) :                                    \
						__atomic_or_fetch(__p, (v), __ATOMIC_ACQ_REL);     \
	})

#define step_and(me, p, v)                                                                         \
	({                                                                                         \
		__typeof__(p) __p = (p);                                                           \
		race_access(me, __p, sizeof(*__p), RACE_MARKED_RMW, #p);                           \
		likely((me)->sim->is_virtual) ? (*__p &= (v)) :                                    \
						__atomic_and_fetch(__p, (v), __ATOMIC_ACQ_REL);    \
	})

#define step_xchg(me, p, v)                                                                        \
	({                                                                                         \
		__typeof__(p) __p = (p);                                                           \
		__typeof__(*__p) __v = (v), __old;                                                 \
		race_access(me, __p, sizeof(*__p), RACE_MARKED_RMW, #p);                           \
		race_fence(me, __p);                                                               \
		if (likely((me)->sim->is_virtual)) {                                               \
			__old = *__p;                                                              \
			*__p = __v;                                                                \
		} else {                                                                           \
			__old = __atomic_exchange_n(__p, __v, __ATOMIC_ACQ_REL);                   \
		}                                                                                  \
		__old;                                                                             \
	})

#define step_try_cmpxchg(me, p, oldp, v)                                                           \
	({                                                                                         \
		__typeof__(p) __p = (p);                                                           \
		__typeof__(*__p) *__oldp = (oldp), __v = (v);                                      \
		bool __done;                                                                       \
		if (likely((me)->sim->is_virtual)) {                                               \
			__done = *__p == *__oldp;                                                  \
			if (__done)                                                                \
				*__p = __v;                                                        \
			else                                                                       \
				*__oldp = *__p;                                                    \
		} else {                                                                           \
			__done = __atomic_compare_exchange_n(__p, __oldp, __v, false,              \
							     __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);  \
		}                                                                                  \
		if (__done) {                                                                      \
			race_access(me, __p, sizeof(*__p), RACE_MARKED_RMW, #p);                   \
			race_fence(me, __p);                                                       \
		}                                                                                  \
		__done;                                                                            \
	})

/* The same as visible operations. */
#define atomic_add_return(me, obj, p, v)                                                           \
	(sim_point(me, obj, SIM_WRITE), step_add_return(me, p, v))

#define atomic_xchg(me, obj, p, v) (sim_point(me, obj, SIM_WRITE), step_xchg(me, p, v))

#define atomic_try_cmpxchg(me, obj, p, oldp, v)                                                    \
	(sim_point(me, obj, SIM_WRITE), step_try_cmpxchg(me, p, oldp, v))

/*
 * Plain loads and stores, without a decision before them: for words that only the holder of a lock
 * writes, or where the surrounding step already was one.
 */
#define load_acquire(x)	    __atomic_load_n(&(x), __ATOMIC_ACQUIRE)
#define store_release(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELEASE)

#endif
