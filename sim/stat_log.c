// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/stat_log.c - wait and hold times on their way from a task to the simulation's histograms.
 *
 * A histogram takes 15 KiB; one per task, class, mode and kind would be most of the memory of a
 * simulation with a thousand real threads.  So on threads a task notes its times in a short list of
 * its own, which is emptied into the simulation's histograms, under a guard, when it is full.  The
 * virtual engine, where only one task runs at a time, records directly and has no lists.
 *
 * Invariants: what the histograms hold and what the lists hold is everything that was recorded;
 * lock_stat_merge() leaves the lists empty.
 */
#include "sim/core.h"

#define STAT_NS_BITS 56
#define STAT_NS_MAX  ((1ull << STAT_NS_BITS) - 1)

_Static_assert(SIM_MAX_CLASSES * LOCK_NR_MODES * 2 <= 1u << (64 - STAT_NS_BITS),
	       "a key does not fit");

static struct hist **hist_of_key(struct sim *sim, u32 key)
{
	struct lock_mode_stat *st = &sim->stats[key >> 2].mode[(key >> 1) & 1];

	return key & 1 ? &st->wait : &st->hold;
}

/**
 * stat_log_flush - empty @me's list into the simulation's histograms.
 */
void stat_log_flush(struct task *me)
{
	struct stat_log *log = me->stat_log;
	struct sim *sim = me->sim;

	sim_guard_lock(sim, &sim->stat_guard);
	for (u32 i = 0; i < log->len; i++) {
		struct hist **h = hist_of_key(sim, (u32)(log->entry[i] >> STAT_NS_BITS));

		if (unlikely(!*h)) {
			*h = sim_alloc(sim, sizeof(**h));
			hist_init(*h);
		}
		hist_record(*h, log->entry[i] & STAT_NS_MAX);
	}
	sim_guard_unlock(sim, &sim->stat_guard);
	log->len = 0;
}

/**
 * stat_log_add - note one time; @me has a list.
 */
void stat_log_add(struct task *me, u32 class_id, enum lock_mode mode, bool wait, sim_ns ns)
{
	struct stat_log *log = me->stat_log;
	u64 key = class_id << 2 | (u32)mode << 1 | wait;

	log->entry[log->len++] = key << STAT_NS_BITS | min(ns, STAT_NS_MAX);
	if (unlikely(log->len == STAT_LOG_LEN))
		stat_log_flush(me);
}
