/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/lockdep_internal.h - what the files that keep lock statistics share.
 */
#ifndef SIM_LOCKDEP_INTERNAL_H
#define SIM_LOCKDEP_INTERNAL_H

#include "sim/core.h"

/* Note a time in histogram @h of @me's shard, or where the shard has none, in @me's list. */
static inline void lock_record_ns(struct task *me, struct hist **h,
				  const struct lock_class *class, enum lock_mode mode, bool wait,
				  sim_ns ns)
{
	if (me->stat_log) {
		stat_log_add(me, class->id, mode, wait, ns);
		return;
	}
	if (unlikely(!*h)) {
		*h = sim_alloc(me->sim, sizeof(**h));
		hist_init(*h);
	}
	hist_record(*h, ns);
}

/* Was @map last held on another CPU? */
static inline bool owner_elsewhere(const struct task *me, const struct lockdep_map *map)
{
	return __atomic_load_n(&map->owner, __ATOMIC_RELAXED) != SIM_NO_TASK &&
	       __atomic_load_n(&map->owner_cpu, __ATOMIC_RELAXED) != (u16)me->cpu;
}

#endif
