/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/rcu.h - RCU: modelled in the virtual engine, liburcu in the threads engine.
 *
 * Invariants: a grace period that begins at call_rcu() or synchronize_rcu() ends only after every
 * read-side section that was open at that moment has been left; callbacks run with no lock held.
 *
 * Upstream: kernel/rcu/ (semantics only)
 * Fidelity: simplified: a callback runs when the last such reader leaves (virtual) or on liburcu's
 * helper thread (threads), not in a softirq; no expedited variants
 */
#ifndef SIM_RCU_H
#define SIM_RCU_H

#include "sim/engine.h"

static inline void rcu_read_lock(struct task *me)
{
	me->sim->ops->rcu_read_lock(me);
}

static inline void rcu_read_unlock(struct task *me)
{
	me->sim->ops->rcu_read_unlock(me);
}

/* Context: may sleep; not inside a read-side section. */
static inline void synchronize_rcu(struct task *me)
{
	me->sim->ops->synchronize_rcu(me);
}

static inline void call_rcu(struct task *me, struct sim_rcu_head *head,
			    void (*func)(struct sim *sim, struct sim_rcu_head *head))
{
	me->sim->ops->call_rcu(me, head, func);
}

/**
 * kfree_rcu - call_rcu() with a callback that gives memory back and does nothing else.
 *
 * Not for what somebody may still look at and would find dead: nothing in a model depends on
 * when the memory goes.  So a search decides nothing here, and keeps it to the end of the run.
 * Upstream: include/linux/rcupdate.h:kfree_rcu
 */
static inline void kfree_rcu(struct task *me, struct sim_rcu_head *head,
			     void (*func)(struct sim *sim, struct sim_rcu_head *head))
{
	if (unlikely(me->sim->searching))
		me->sim->ops->kfree_rcu(me, head, func);
	else
		call_rcu(me, head, func);
}

#define rcu_dereference(p)	 __atomic_load_n(&(p), __ATOMIC_ACQUIRE)
#define rcu_assign_pointer(p, v) __atomic_store_n(&(p), (v), __ATOMIC_RELEASE)

#endif
