// SPDX-License-Identifier: GPL-2.0-only
/*
 * srcu.c - sleepable RCU.
 *
 * Invariants: nr_readers[i] is the number of open sections that entered with index i; idx changes
 * only under gp_mutex; gp_waiter is set only by the holder of gp_mutex.
 *
 * Upstream: kernel/rcu/srcutree.c
 */
#include "sim/race.h"
#include "sim/srcu.h"
#include "sim/waiter.h"

/**
 * init_srcu_struct - make an SRCU domain of that class.
 *
 * Context: any.
 */
void init_srcu_struct(struct sim *sim, struct srcu_struct *ssp, const char *class_name)
{
	for (u32 i = 0; i < 2; i++) {
		lock_init_map(sim, &ssp->dep_map[i], class_name, LOCKC_RECURSIVE);
		ssp->nr_readers[i] = 0;
	}
	ssp->idx = 0;
	ssp->gp_waiter = NULL;
	mutex_init(sim, &ssp->gp_mutex, "srcu_gp_mutex");
}

/**
 * srcu_read_lock - enter a read-side section.
 *
 * Context: any; the section may sleep.
 * Return: the index to hand to srcu_read_unlock().
 */
u32 srcu_read_lock(struct task *me, struct srcu_struct *ssp)
{
	u32 idx;

	sim_point(me, ssp->dep_map[0].id, SIM_RCU_READ);
	idx = word_load(&ssp->idx) & 1;
	word_add_return(me->sim, &ssp->nr_readers[idx], 1ull);
	lock_acquired(me, &ssp->dep_map[idx], LOCK_READ, false);
	race_acquire(me, ssp);
	return idx;
}

/**
 * srcu_read_unlock - leave a read-side section.
 * @idx: what srcu_read_lock() returned
 *
 * Context: the task that entered; a finding, and nothing else, for anybody else.
 */
void srcu_read_unlock(struct task *me, struct srcu_struct *ssp, u32 idx)
{
	struct task *waiter;

	SIM_ASSERT(idx < 2);
	if (unlikely(!lock_release(me, &ssp->dep_map[idx])))
		return;
	if (word_add_return(me->sim, &ssp->nr_readers[idx], -1ull) == 0) {
		waiter = word_load(&ssp->gp_waiter);
		if (unlikely(waiter))
			sim_unpark(me, waiter);
	}
	sim_release_point_shared(me, ssp->dep_map[0].id, word_load(&ssp->gp_waiter));
}

bool srcu_read_lock_held(const struct task *me, const struct srcu_struct *ssp)
{
	return lock_is_held(me, &ssp->dep_map[0], LOCK_READ) ||
	       lock_is_held(me, &ssp->dep_map[1], LOCK_READ);
}

/* Sleep until nobody is left who entered with @idx.  Context: gp_mutex held. */
static void srcu_drain(struct task *me, struct srcu_struct *ssp, u32 idx)
{
	word_store(&ssp->gp_waiter, me);
	if (word_load(&ssp->nr_readers[idx])) {
		lock_contended(me, &ssp->dep_map[idx], LOCK_WRITE);
		while (word_load(&ssp->nr_readers[idx]))
			sim_park(me, PARK_SLEEP, SIM_NS_MAX);
	}
	word_store(&ssp->gp_waiter, NULL);
	/* For the statistics a grace period is an exclusive acquisition, held for no time. */
	lock_acquired(me, &ssp->dep_map[idx], LOCK_WRITE, false);
	lock_release(me, &ssp->dep_map[idx]);
}

/**
 * synchronize_srcu - sleep until every section that is open now has been left.
 *
 * Stragglers that took the other index just before the last flip go first; then the index is
 * flipped, so that new readers do not prolong the wait, and those under the old one drain.
 *
 * Context: may sleep; inside one of the domain's own sections it never returns.
 */
void synchronize_srcu(struct task *me, struct srcu_struct *ssp)
{
	u32 old;

	might_sleep(me);
	mutex_lock(me, &ssp->gp_mutex);
	sim_point(me, ssp->dep_map[0].id, SIM_SYNC);
	race_release(me, ssp); /* sections that begin from here on come after what was before */
	old = word_load(&ssp->idx) & 1;
	if (word_load(&ssp->nr_readers[old ^ 1]))
		srcu_drain(me, ssp, old ^ 1);
	word_store(&ssp->idx, old ^ 1);
	srcu_drain(me, ssp, old);
	mutex_unlock(me, &ssp->gp_mutex);
}
